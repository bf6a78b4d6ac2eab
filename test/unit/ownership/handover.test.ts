import { describe, expect, it } from 'vitest';
import { markOf, parseMark } from '../../../src/meshes/mark.ts';
import {
  afterReply,
  decideOwner,
  type NamedRule,
  type Notice,
  type OutgoingRequest,
  type Reply,
  type Verdict,
} from '../../../src/ownership/handover.ts';
import { type Lost, type Proof, type Proven, UNPROVEN } from '../../../src/ownership/proof.ts';
import { aPolicy, ruleOf } from './a-policy.ts';

const own = ruleOf(aPolicy());
/** As an HTTPRoute's. */
const LISTED_ONLY: NamedRule = { ...own, rule: { ...own.rule, unprocessed: [] } };
const OTHER_HASH = own.hash === '77aa0b12' ? '77aa0b13' : '77aa0b12';
const PROVEN: Proven = { state: 'proven', losses: 0, saidOutOfDate: false, refusedSince: undefined };
const LOST: Lost = { state: 'lost', losses: 1, saidOutOfDate: false, since: 1_000, marked: 0 };

const RAN = markOf('payments', 'sidecar', [own.hash]);
const OFFERED = markOf('payments', 'process', [own.hash, OTHER_HASH]);
const ANOTHER_RULE = markOf('payments', 'process', [OTHER_HASH]);

function response(mark: string | null, how: { retriedByRule?: boolean; redirected?: boolean } = {}): Reply {
  return { kind: 'response', mark: parseMark(mark), redirected: false, retriedByRule: false, ...how };
}

describe('the state table', () => {
  const rows: readonly {
    row: string;
    proof: Proof;
    sent: 'process' | 'sidecar';
    method?: string;
    rule?: NamedRule;
    reply: Reply;
    attempts: Verdict['attempts'];
    next: Verdict['next'];
    state: Proof['state'];
    notices?: readonly Notice[];
  }[] = [
    {
      row: 'unproven, a process mark that offers our hash',
      proof: UNPROVEN,
      sent: 'process',
      reply: response(OFFERED),
      attempts: 'one',
      next: 'continue',
      state: 'proven',
      notices: ['handed-over'],
    },
    {
      row: 'unproven, a process mark without our hash',
      proof: UNPROVEN,
      sent: 'process',
      reply: response(ANOTHER_RULE),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
      notices: ['out-of-date'],
    },
    {
      row: 'unproven, the same again: said once',
      proof: { ...UNPROVEN, saidOutOfDate: true },
      sent: 'process',
      reply: response(ANOTHER_RULE),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
    },
    {
      row: 'unproven, no mark',
      proof: UNPROVEN,
      sent: 'process',
      reply: response(null),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
    },
    {
      row: 'proven, our sidecar mark, a failure that the rule retries',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(RAN, { retriedByRule: true }),
      attempts: 'all',
      next: 'return',
      state: 'proven',
    },
    {
      row: 'proven, our sidecar mark, ok or a failure in the residual',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(RAN),
      attempts: 'one',
      next: 'continue',
      state: 'proven',
    },
    {
      row: 'proven, a process mark that the method explains, as the rule is for the listed ones alone',
      proof: PROVEN,
      sent: 'sidecar',
      method: 'POST',
      rule: LISTED_ONLY,
      reply: response(OFFERED, { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'proven',
    },
    {
      row: 'proven, a process mark that the method does not explain, as the rule takes a POST, too',
      proof: PROVEN,
      sent: 'sidecar',
      method: 'POST',
      reply: response(OFFERED),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
      notices: ['doubted'],
    },
    {
      row: 'proven, a process mark that the method does not explain',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(OFFERED, { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
      notices: ['doubted'],
    },
    {
      row: 'proven, a process mark without our hash (a rollout of the mesh)',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(ANOTHER_RULE, { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
      notices: ['doubted', 'out-of-date'],
    },
    {
      row: 'proven, a reply without mark',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(null, { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'lost',
      notices: ['taken-back'],
    },
    {
      row: 'proven, the mark of another upstream',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(markOf('orders', 'sidecar', [own.hash]), { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'lost',
      notices: ['taken-back'],
    },
    {
      row: 'proven, a mark in another format (two lines folded)',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(`${RAN}, ${RAN}`, { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'lost',
      notices: ['taken-back'],
    },
    {
      row: "proven, another rule's sidecar mark",
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(markOf('payments', 'sidecar', [OTHER_HASH]), { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'lost',
      notices: ['taken-back'],
    },
    {
      row: 'proven, a sidecar mark that claims several rules at once',
      proof: PROVEN,
      sent: 'sidecar',
      reply: response(markOf('payments', 'sidecar', [own.hash, OTHER_HASH]), { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'lost',
      notices: ['taken-back'],
    },
    {
      row: 'proven, refused by the sidecar itself',
      proof: PROVEN,
      sent: 'sidecar',
      reply: { kind: 'refused', refusals: 0, refusedFor: 0 },
      attempts: 'one',
      next: 'resend-any-method',
      state: 'proven',
    },
    {
      row: 'proven, sent but no reply',
      proof: PROVEN,
      sent: 'sidecar',
      reply: { kind: 'reset' },
      attempts: 'one',
      next: 'resend-once-as-process',
      state: 'unproven',
      notices: ['doubted'],
    },
    ...(['deadline', 'abort'] as const).flatMap((kind) =>
      [UNPROVEN, PROVEN, LOST].map((proof) => ({
        row: `${proof.state}, ${kind}`,
        proof,
        sent: 'sidecar' as const,
        reply: { kind },
        attempts: 'one' as const,
        next: 'return' as const,
        state: proof.state,
      })),
    ),
    ...[UNPROVEN, PROVEN, LOST].flatMap((proof) =>
      [null, OFFERED, ANOTHER_RULE].map((mark) => ({
        row: `${proof.state}, redirected with mark ${mark}`,
        proof,
        sent: 'sidecar' as const,
        reply: response(mark, { redirected: true, retriedByRule: true }),
        attempts: 'one' as const,
        next: 'continue' as const,
        state: proof.state,
      })),
    ),
    {
      row: 'redirected, and the last hop ran our rule: its attempts are not made again',
      proof: UNPROVEN,
      sent: 'sidecar',
      reply: response(RAN, { redirected: true, retriedByRule: true }),
      attempts: 'all',
      next: 'return',
      state: 'unproven',
    },
    {
      row: 'proven, a call that stayed here, and a mark that offers our hash',
      proof: PROVEN,
      sent: 'process',
      method: 'POST',
      reply: response(OFFERED),
      attempts: 'one',
      next: 'continue',
      state: 'proven',
    },
    {
      row: 'proven, a call that stayed here, and no mark: the next reply must prove it again',
      proof: PROVEN,
      sent: 'process',
      method: 'POST',
      reply: response(null),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
      notices: ['doubted'],
    },
    {
      row: 'a call that stayed here with a sidecar mark (a cache, a forger): no mark',
      proof: UNPROVEN,
      sent: 'process',
      reply: response(RAN, { retriedByRule: true }),
      attempts: 'one',
      next: 'continue',
      state: 'unproven',
    },
    {
      row: 'a call that stayed here, refused',
      proof: PROVEN,
      sent: 'process',
      reply: { kind: 'refused', refusals: 0, refusedFor: 0 },
      attempts: 'one',
      next: 'continue',
      state: 'proven',
    },
    {
      row: 'a call that stayed here, reset',
      proof: PROVEN,
      sent: 'process',
      reply: { kind: 'reset' },
      attempts: 'one',
      next: 'continue',
      state: 'proven',
    },
    {
      row: 'in flight when the proof was lost, our sidecar mark: its attempts count',
      proof: LOST,
      sent: 'sidecar',
      reply: response(RAN, { retriedByRule: true }),
      attempts: 'all',
      next: 'return',
      state: 'lost',
    },
    {
      row: 'in flight when the proof was lost, reset: does not shorten the damping',
      proof: LOST,
      sent: 'sidecar',
      reply: { kind: 'reset' },
      attempts: 'one',
      next: 'resend-once-as-process',
      state: 'lost',
    },
  ];

  it.each(rows)('$row', ({ proof, sent, method = 'GET', rule = own, reply, attempts, next, state, notices = [] }) => {
    const verdict = afterReply(proof, { owner: sent, method }, reply, rule, 2_000);
    expect({ ...verdict, proof: verdict.proof.state }).toEqual({ proof: state, attempts, next, notices });
  });

  it('counts one loss for all the calls that were in flight', () => {
    const first = afterReply(PROVEN, { owner: 'sidecar', method: 'GET' }, response(null), own, 1_000).proof;
    const second = afterReply(first, { owner: 'sidecar', method: 'GET' }, response(null), own, 1_500).proof;
    expect(second).toEqual({ state: 'lost', losses: 1, saidOutOfDate: false, since: 1_000, marked: 0 });
  });

  it('says out of date again once the rule had been seen in between', () => {
    const sent = { owner: 'process', method: 'GET' } as const;
    const notices: Notice[] = [];
    let proof: Proof = UNPROVEN;
    for (const mark of [ANOTHER_RULE, ANOTHER_RULE, OFFERED, ANOTHER_RULE]) {
      const verdict = afterReply(proof, sent, response(mark), own, 0);
      proof = verdict.proof;
      notices.push(...verdict.notices);
    }
    expect(notices).toEqual(['out-of-date', 'handed-over', 'doubted', 'out-of-date']);
  });
});

describe('a refused connection', () => {
  const sent = { owner: 'sidecar', method: 'POST' } as const;

  it.each([
    [0, 0, 'resend-any-method'],
    [2, 999, 'resend-any-method'],
    [2, 1_000, 'resend-any-method'],
    [3, 500, 'continue'],
    [1, 1_001, 'continue'],
  ] as const)('refused %i times before, for %i ms: %s', (refusals, refusedFor, next) => {
    expect(afterReply(PROVEN, sent, { kind: 'refused', refusals, refusedFor }, own, 0).next).toBe(next);
  });

  it('is not "the mesh is gone" before 5 s, and is forgotten with the next reply', () => {
    const refused: Reply = { kind: 'refused', refusals: 0, refusedFor: 0 };
    const first = afterReply(PROVEN, sent, refused, own, 1_000).proof;
    const restarting = afterReply(first, sent, refused, own, 5_999);
    expect(restarting.proof.state).toBe('proven');
    expect(afterReply(restarting.proof, sent, refused, own, 6_000)).toMatchObject({
      proof: { state: 'unproven' },
      notices: ['doubted'],
    });
    const answered = afterReply(restarting.proof, { ...sent, method: 'GET' }, response(RAN), own, 5_999).proof;
    expect(afterReply(answered, sent, refused, own, 6_000).proof.state).toBe('proven');
  });
});

describe('regaining a lost proof', () => {
  function regainedAt(losses: number, gap: number): { replies: number; at: number } {
    let proof: Proof = { ...LOST, losses, since: 0 };
    for (let replies = 1; ; replies++) {
      const at = replies * gap;
      proof = afterReply(proof, { owner: 'process', method: 'GET' }, response(OFFERED), own, at).proof;
      if (proof.state === 'proven') return { replies, at };
    }
  }

  it.each([
    [1, 1_000, { replies: 20, at: 20_000 }],
    [1, 100, { replies: 50, at: 5_000 }],
    [2, 100, { replies: 100, at: 10_000 }],
    [3, 100, { replies: 200, at: 20_000 }],
    [7, 1_000, { replies: 300, at: 300_000 }],
    [60, 1_000, { replies: 300, at: 300_000 }],
    [2_000, 1_000, { replies: 300, at: 300_000 }],
  ] as const)('after loss %i, a marked reply every %i ms', (losses, gap, expected) => {
    expect(regainedAt(losses, gap)).toEqual(expected);
  });

  it('counts only replies that carry our mark', () => {
    let proof: Proof = LOST;
    for (let n = 0; n < 19; n++) {
      for (const mark of [OFFERED, null, ANOTHER_RULE]) {
        proof = afterReply(proof, { owner: 'process', method: 'GET' }, response(mark), own, 100_000).proof;
      }
    }
    expect(proof).toMatchObject({ state: 'lost', marked: 19 });
  });
});

describe('who retries a request', () => {
  const request: OutgoingRequest = {
    method: 'GET',
    repeatable: false,
    bodySize: 0,
    streaming: false,
    expect: false,
    upgrade: false,
    override: false,
    budgetLeft: true,
    probe: false,
  };

  it.each<[Partial<OutgoingRequest>, 'process' | 'sidecar', string]>([
    [{}, 'sidecar', 'the mark proves the rule'],
    [{ method: 'PUT', bodySize: 1_048_576 }, 'sidecar', 'the mark proves the rule'],
    [{ method: 'PUT', bodySize: 1_048_577 }, 'process', "the body exceeds the proxy's buffer"],
    [{ method: 'PUT', bodySize: undefined }, 'process', 'the size of the body is unknown'],
    [{ method: 'POST' }, 'sidecar', 'the mark proves the rule'],
    [{ method: 'PATCH', bodySize: 1_048_577 }, 'process', "the body exceeds the proxy's buffer"],
    [{ method: 'POST', bodySize: undefined }, 'process', 'the size of the body is unknown'],
    [{ method: 'POST', repeatable: true }, 'process', 'the rule repeats this method only where nothing was processed'],
    [{ method: 'QUERY', repeatable: true }, 'process', 'the rule does not match this method'],
    [{ method: 'QUERY' }, 'process', 'the rule does not match this method'],
    [{ method: 'PROPFIND' }, 'process', 'the rule does not match this method'],
    [{ streaming: true }, 'process', 'streams stay in the process'],
    [{ expect: true }, 'process', 'a proxy does not retry requests with Expect'],
    [{ upgrade: true }, 'process', 'a proxy does not retry upgrades'],
    [{ override: true }, 'process', 'this call has a policy of its own'],
    [{ budgetLeft: false }, 'process', "the retry budget does not cover the rule's retries"],
    [{ probe: true }, 'process', 'a probe of the circuit breaker is one attempt'],
  ])('proven, %j: %s', (change, owner, why) => {
    expect(decideOwner(PROVEN, { ...request, ...change }, own.rule)).toEqual({ owner, why });
  });

  it('proven, a POST: the process, where the rule is for the listed methods alone', () => {
    expect(decideOwner(PROVEN, { ...request, method: 'POST' }, LISTED_ONLY.rule)).toEqual({
      owner: 'process',
      why: 'the rule does not match this method',
    });
  });

  it.each([
    [UNPROVEN, 'unproven: no reply has offered the rule'],
    [LOST, 'the mark was lost'],
  ])('%j: the process', (proof, why) => {
    expect(decideOwner(proof, request, own.rule)).toEqual({ owner: 'process', why });
  });
});
