import type { Fault } from './fault.ts';

const HANDOVER = 'src/ownership/handover.ts';
const TABLE = 'test/unit/ownership/handover.test.ts';

/** Who retries, on which evidence. */
export const OWNERSHIP_FAULTS: readonly Fault[] = [
  {
    id: 'another-hash-believed',
    suffers: 'a rule with other numbers, or with none, passes for ours: nobody retries',
    file: HANDOVER,
    text: "return sent.owner === 'sidecar' && mark.hashes.length === 1 && mark.hashes[0] === hash ? 'ran' : 'nothing';",
    replacement: "return sent.owner === 'sidecar' && mark.hashes.length === 1 ? 'ran' : 'nothing';",
    tests: [TABLE],
  },
  {
    id: 'another-upstreams-mark-believed',
    suffers: 'the mark of another hop on the way passes for that of our own sidecar',
    file: HANDOVER,
    text: "if (mark === undefined || mark.upstream !== rule.upstream) return 'nothing';",
    replacement: "if (mark === undefined) return 'nothing';",
    tests: [TABLE],
  },
  {
    id: 'lost-mark-forgiven',
    suffers: 'when the rule is deleted, every second call goes out with nobody to retry it',
    file: HANDOVER,
    text: "return verdict(proof, sent.owner === 'sidecar' ? lose(proof, now) : doubt(proof), 'continue');",
    replacement: "return verdict(proof, doubt(proof), 'continue');",
    tests: [TABLE],
  },
  {
    id: 'redirects-mark-believed',
    suffers: 'the mark of the place to which a redirect led decides about the place from which it came',
    file: HANDOVER,
    text: "if (reply.redirected) return done ? allAttempts(proof, proof) : verdict(proof, proof, 'continue');",
    replacement: '',
    tests: [TABLE],
  },
  {
    id: 'both-retry',
    suffers: 'after the sidecar has made all of its attempts the process makes its own: three times three',
    file: HANDOVER,
    text: "return { proof, attempts: 'all', next: 'return', notices: noticesOf(before, proof) };",
    replacement: "return { proof, attempts: 'one', next: 'continue', notices: noticesOf(before, proof) };",
    tests: [TABLE],
  },
  {
    id: 'post-handed-over',
    suffers: 'a POST with a key is handed to a rule that repeats less of it than the process: its retries are gone',
    file: HANDOVER,
    text: 'if (obstacle !== undefined) return obstacle;',
    replacement: '',
    tests: [TABLE, 'test/property/ownership/handover.test.ts'],
  },
  {
    id: 'post-retried-by-the-sidecar',
    suffers: 'a POST that was handed over is sent again although it was processed: two charges',
    file: 'src/meshes/envoy/routes.ts',
    text: 'envoyRetries({ ...rule, on: rule.unprocessed })',
    replacement: 'envoyRetries(rule)',
    tests: ['test/unit/meshes/envoy-bootstrap.test.ts'],
  },
  {
    id: 'regained-at-once',
    suffers: 'a mesh in the middle of a change hands over and takes back with every call',
    file: 'src/ownership/proof.ts',
    text: 'const enough = marked >= REGAINED_AFTER_REPLIES && now - proof.since >= regainingTakes(losses);',
    replacement: 'const enough = marked > 0;',
    tests: [TABLE],
  },
  {
    id: 'probe-handed-over',
    suffers:
      'an upstream that is just coming back gets all attempts of the rule for a probe, and the circuit hears of it late',
    file: HANDOVER,
    text: 'if (request.probe) return PROBE;',
    replacement: '',
    tests: [TABLE, 'test/envoy/handover-limits.test.ts'],
  },
  {
    id: 'retries-not-set-aside',
    suffers: 'in a retry storm the sidecar retries past the budget, which hears of it only with the replies',
    file: 'src/process/retries.ts',
    text: 'this.#reserved = ReservedRetries.from(budget, limit, triesAgain && perTryTimeout, call.around.clock);',
    replacement: '',
    tests: ['test/envoy/handover-limits.test.ts'],
  },
];
