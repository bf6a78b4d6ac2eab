import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markOf, parseMark } from '../../../src/meshes/mark.ts';
import { afterReply, decideOwner, type OutgoingRequest, type Reply } from '../../../src/ownership/handover.ts';
import { type Proof, UNPROVEN } from '../../../src/ownership/proof.ts';
import { RetryOwnership } from '../../../src/ownership/retry-ownership.ts';
import { aPolicy, ruleOf } from '../../unit/ownership/a-policy.ts';

const own = ruleOf(aPolicy());
const OTHER = own.hash === '77aa0b12' ? '77aa0b13' : '77aa0b12';

const MARKS = {
  ran: markOf('payments', 'sidecar', [own.hash]),
  offered: markOf('payments', 'process', [OTHER, own.hash]),
  otherRule: markOf('payments', 'process', [OTHER]),
  otherRan: markOf('payments', 'sidecar', [OTHER]),
  otherUpstream: markOf('orders', 'sidecar', [own.hash]),
  none: undefined,
} as const;

interface Step {
  readonly wait: number;
  /** `PURGE`: one that no proxy need know. */
  readonly method: string;
  readonly keyed: boolean;
  /** As which the call went out; `decide` is what the state says, the others were in flight since an earlier state. */
  readonly sent: 'decide' | 'process' | 'sidecar';
  readonly kind: Reply['kind'];
  readonly mark: keyof typeof MARKS;
  readonly redirected: boolean;
  readonly retriedByRule: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(400_000)),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'PURGE'),
  /** Has a key, where its method is not listed. */
  keyed: fc.boolean(),
  sent: fc.constantFrom('decide', 'decide', 'decide', 'process', 'sidecar'),
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('response' as const) },
    { weight: 1, arbitrary: fc.constantFrom('refused' as const, 'reset' as const, 'deadline' as const) },
  ),
  mark: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('ran' as const, 'offered' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...(['otherRule', 'otherRan', 'otherUpstream', 'none'] as const)),
    },
  ),
  redirected: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  retriedByRule: fc.boolean(),
});

const plain: Step = {
  wait: 0,
  method: 'GET',
  keyed: false,
  sent: 'decide',
  kind: 'response',
  mark: 'offered',
  redirected: false,
  retriedByRule: false,
};

/** The mark is gone for one or more calls in flight, then a stretch of good replies in which it may be regained. */
const lossAndQuiet = fc
  .record({ inFlight: fc.integer({ min: 1, max: 3 }), replies: fc.integer({ min: 15, max: 45 }), wait: fc.nat(4_000) })
  .map(({ inFlight, replies, wait }): Step[] => [
    ...Array.from({ length: inFlight }, (): Step => ({ ...plain, wait: 900, sent: 'sidecar', mark: 'none' })),
    ...Array.from({ length: replies }, () => ({ ...plain, wait })),
  ]);

const refusals = fc
  .array(fc.nat(4_000), { minLength: 1, maxLength: 4 })
  .map((waits) => waits.map((wait): Step => ({ ...plain, wait, sent: 'sidecar', kind: 'refused' })));

const history = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: step.map((one) => [one]) },
      { weight: 2, arbitrary: lossAndQuiet },
      { weight: 1, arbitrary: refusals },
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.flat());

const REQUEST: OutgoingRequest = {
  method: 'GET',
  repeatable: true,
  bodySize: 0,
  streaming: false,
  expect: false,
  upgrade: false,
  override: false,
  budgetLeft: true,
  probe: false,
};

const LISTED = ['GET', 'PUT'];

function requestOf({ method, keyed }: Pick<Step, 'method' | 'keyed'>): OutgoingRequest {
  return { ...REQUEST, method, repeatable: keyed || LISTED.includes(method) };
}

function replyOf({ kind, mark, redirected, retriedByRule }: Step): Reply {
  switch (kind) {
    case 'response':
      return { kind, mark: parseMark(MARKS[mark] ?? null), redirected, retriedByRule };
    case 'refused':
      return { kind, refusals: 0, refusedFor: 0 };
    default:
      return { kind };
  }
}

/**
 * The rules again, in other words and with nothing taken from the code: may a GET be handed over now? It keeps the
 * whole history and looks back over it.
 */
class Model {
  readonly #events: { at: number; says: 'yes' | 'no' | 'gone' }[] = [];
  #refusals: number[] = [];

  mayHandOver(): boolean {
    let handed = false;
    let losses = 0;
    let lost: { at: number; marks: number } | undefined;
    for (const { at, says } of this.#events) {
      if (says === 'gone') {
        if (lost === undefined) {
          losses++;
          lost = { at, marks: 0 };
        }
        handed = false;
      } else if (says === 'no') {
        handed = false;
      } else if (lost === undefined) {
        handed = true;
      } else {
        lost.marks++;
        const damping = [5, 10, 20, 40, 80, 160][losses - 1] ?? 300;
        if (lost.marks >= 20 && at - lost.at >= damping * 1_000) {
          lost = undefined;
          handed = true;
        }
      }
    }
    return handed;
  }

  observe(at: number, sent: 'process' | 'sidecar', one: Step): void {
    if (one.kind === 'response' && !one.redirected) this.#note(at, this.#meaning(sent, one));
    if (one.kind === 'reset' && sent === 'sidecar') this.#note(at, 'no');
    if (one.kind === 'refused' && sent === 'sidecar' && this.mayHandOver()) {
      this.#refusals.push(at);
      if (at - (this.#refusals[0] ?? at) >= 5_000) this.#note(at, 'no');
    }
  }

  #note(at: number, says: 'yes' | 'no' | 'gone'): void {
    this.#events.push({ at, says });
    this.#refusals = [];
  }

  #meaning(sent: 'process' | 'sidecar', { mark }: Step): 'yes' | 'no' | 'gone' {
    if (mark === 'otherRule') return 'no';
    if (mark === 'offered') return sent === 'sidecar' ? 'no' : 'yes';
    if (mark === 'ran' && sent === 'sidecar') return 'yes';
    return sent === 'sidecar' ? 'gone' : 'no';
  }
}

function run(
  steps: readonly Step[],
  check: (at: {
    now: number;
    before: Proof;
    sent: 'process' | 'sidecar';
    step: Step;
    verdict: ReturnType<typeof afterReply>;
    model: Model;
  }) => void,
): void {
  let now = 0;
  let proof: Proof = UNPROVEN;
  const model = new Model();
  for (const one of steps) {
    now += one.wait;
    const decided = decideOwner(proof, requestOf(one), own.rule).owner;
    const sent = one.sent === 'decide' ? decided : one.sent;
    const verdict = afterReply(proof, { owner: sent, method: one.method }, replyOf(one), own, now);
    model.observe(now, sent, one);
    check({ now, before: proof, sent, step: one, verdict, model });
    proof = verdict.proof;
  }
}

describe('handing over and taking back', () => {
  it('agrees with the model over random histories', () => {
    fc.assert(
      fc.property(history, (steps) => {
        run(steps, ({ verdict, model }) => {
          const decided = decideOwner(verdict.proof, REQUEST, own.rule).owner;
          expect(decided).toBe(model.mayHandOver() ? 'sidecar' : 'process');
        });
      }),
    );
  });

  it('never hands over while unproven or lost, nor what the process would repeat on more than the rule', () => {
    fc.assert(
      fc.property(history, fc.constantFrom('GET', 'PUT', 'POST', 'PURGE'), fc.boolean(), (steps, method, keyed) => {
        const kept = method === 'PURGE' || (method === 'POST' && keyed);
        run(steps, ({ verdict }) => {
          const { owner } = decideOwner(verdict.proof, requestOf({ method, keyed }), own.rule);
          expect(owner).toBe(verdict.proof.state === 'proven' && !kept ? 'sidecar' : 'process');
        });
      }),
    );
  });

  it('takes back at once when a handed-over call has no mark of ours', () => {
    fc.assert(
      fc.property(history, (steps) => {
        run(steps, ({ sent, step: one, verdict }) => {
          const unmarked = !['ran', 'offered', 'otherRule'].includes(one.mark);
          if (sent === 'sidecar' && one.kind === 'response' && !one.redirected && unmarked) {
            expect(verdict.proof.state).toBe('lost');
          }
        });
      }),
    );
  });

  it('counts all attempts only under our own sidecar mark and for an outcome that the rule retries', () => {
    fc.assert(
      fc.property(history, (steps) => {
        run(steps, ({ sent, step: one, verdict }) => {
          const ran = sent === 'sidecar' && one.kind === 'response' && one.mark === 'ran' && one.retriedByRule;
          expect(verdict.attempts).toBe(ran ? 'all' : 'one');
          expect(verdict.next === 'return').toBe(ran || one.kind === 'deadline');
        });
      }),
    );
  });

  it('tells every change of owner, and nothing else', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const told: string[] = [];
        const ownership = new RetryOwnership({
          rules: [own],
          origin: 'http://payments:8080',
          onNotice: ({ notice }) => told.push(notice),
        });
        let now = 0;
        let handed = false;
        for (const one of steps) {
          now += one.wait;
          const { owner } = ownership.decide(requestOf(one));
          const sent = one.sent === 'decide' ? owner : one.sent;
          told.length = 0;
          ownership.received({ owner: sent, method: one.method }, replyOf(one), now);
          const handedNow = ownership.proof.state === 'proven';
          expect(told.includes('handed-over')).toBe(!handed && handedNow);
          if (handed && !handedNow) expect(told.some((word) => word === 'doubted' || word === 'taken-back')).toBe(true);
          handed = handedNow;
        }
      }),
    );
  });
});
