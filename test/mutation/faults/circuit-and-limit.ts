import type { Fault } from './fault.ts';

const ADMISSION = 'src/process/admission.ts';
const ATTEMPT = 'src/process/attempt.ts';
const BREAKER = 'src/process/circuit-breaker.ts';
const CALL = 'src/process/call.ts';

/** What opens a circuit, who is let through, and which slots come back. */
export const CIRCUIT_AND_LIMIT_FAULTS: readonly Fault[] = [
  {
    id: 'abort-counted',
    suffers: 'callers who leave open the circuit of an upstream that is well',
    file: ATTEMPT,
    text: "this.#end(cause === 'timeout' ? TIMED_OUT : NOTHING, reason);",
    replacement: 'this.#end(TIMED_OUT, reason);',
    tests: ['test/sockets/fetch/cancellation.test.ts'],
  },
  {
    id: 'black-hole-not-counted',
    suffers: 'an upstream that never answers never opens its circuit',
    file: ATTEMPT,
    text: "this.#end(cause === 'timeout' ? TIMED_OUT : NOTHING, reason);",
    replacement: 'this.#end(NOTHING, reason);',
    tests: ['test/sockets/fetch/circuit-and-limit.test.ts'],
  },
  {
    id: 'stale-outcome-counted',
    suffers: 'an answer from before the circuit opened closes it, or opens it again',
    file: BREAKER,
    text: "if (!this.isCurrent(permit) || this.#state === 'forced-closed') return;",
    replacement: "if (this.#state === 'forced-closed') return;",
    tests: ['test/unit/process/circuit-breaker.test.ts', 'test/property/process/circuit-breaker.test.ts'],
  },
  {
    id: 'half-open-to-all',
    suffers: 'the whole load falls on an upstream that is just coming back',
    file: BREAKER,
    text: 'if (this.#probes >= this.#policy.probes && !this.#probesAreLost()) return undefined;',
    replacement: '',
    tests: ['test/unit/process/circuit-breaker.test.ts'],
  },
  {
    id: 'probe-permit-kept',
    suffers: 'a probe whose caller left keeps everybody out until maxOpenFor',
    file: ATTEMPT,
    text: 'else circuit.release(permit);',
    replacement: 'else if (!permit.probe) circuit.release(permit);',
    tests: ['test/regressions/opossum.test.ts', 'test/unit/process/circuit-breaker.test.ts'],
  },
  {
    id: 'probe-permit-kept-in-line',
    suffers: 'a probe that the limit turned away keeps everybody out until maxOpenFor',
    file: ADMISSION,
    text: 'if (this.permit !== undefined) this.#call.terms.circuit?.release(this.permit);',
    replacement: '',
    tests: ['test/unit/process/probe-turned-away.test.ts', 'test/property/process/call-histories.test.ts'],
  },
  {
    id: 'rejection-counted',
    suffers: 'calls that our own limit turns away open the circuit of the upstream',
    file: ADMISSION,
    text: 'return this.#limitRejects(concurrency);',
    replacement: `{
        circuit?.record(circuit.admit() ?? { epoch: 0, probe: false }, true);
        return this.#limitRejects(concurrency);
      }`,
    tests: ['test/regressions/opossum.test.ts', 'test/property/process/call-histories.test.ts'],
  },
  {
    id: 'slot-kept-at-end-of-body',
    suffers: 'after as many calls as the limit nothing is sent any more',
    file: CALL,
    text: `this.releaseSlot();
    this.around.inFlight.delete(this);`,
    replacement: 'this.around.inFlight.delete(this);',
    tests: ['test/sockets/fetch/circuit-and-limit.test.ts'],
  },
  {
    id: 'slot-kept-by-the-unread',
    suffers: 'responses that nobody reads hold their slots until the deadline',
    file: CALL,
    text: 'if (this.exchange.isUnread(value)) this.releaseSlot();',
    replacement: '',
    tests: ['test/sockets/fetch/circuit-and-limit.test.ts'],
  },
  {
    id: 'slot-kept-in-back-off',
    suffers: 'calls that only wait keep others from being sent',
    file: 'src/process/retries.ts',
    text: `call.releaseSlot();
    await call.wait(decision.wait);`,
    replacement: 'await call.wait(decision.wait);',
    tests: ['test/sockets/fetch/circuit-and-limit.test.ts'],
  },
  {
    id: 'place-in-line-kept',
    suffers: 'callers who have left fill the queue, and new ones are turned away',
    file: CALL,
    text: 'this.#admission.leave();',
    replacement: '',
    tests: ['test/sockets/fetch/cancellation.test.ts'],
  },
  {
    id: 'opened-while-in-line',
    suffers: 'everybody who stands in line is sent to an upstream whose circuit has opened meanwhile',
    file: ADMISSION,
    text: 'if (circuit === undefined || this.permit === undefined || circuit.isCurrent(this.permit)) return undefined;',
    replacement: 'if (served) return undefined;',
    tests: ['test/property/process/call-histories.test.ts'],
  },
];
