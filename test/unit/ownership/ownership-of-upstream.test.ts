import { describe, expect, it } from 'vitest';
import { markOf, parseMark } from '../../../src/meshes/mark.ts';
import { hashOf } from '../../../src/meshes/sidecar-rule.ts';
import type { OutgoingRequest, Reply } from '../../../src/ownership/handover.ts';
import { OwnershipOfUpstream } from '../../../src/ownership/ownership-of-upstream.ts';
import type { OwnershipNotice } from '../../../src/ownership/retry-ownership.ts';
import { retryRuleOf, retryRulesOf } from '../../../src/ownership/retry-rule.ts';
import { aPolicy, aRetry, ruleOf } from './a-policy.ts';

const own = ruleOf(aPolicy());
const GET: OutgoingRequest = {
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

function reply(mark: string | null, retriedByRule = false): Reply {
  return { kind: 'response', mark: parseMark(mark), redirected: false, retriedByRule };
}
const OFFERED = reply(markOf('payments', 'process', [own.hash]));

describe('RetryOwnership', () => {
  it('asks as process first, hands over on proof, takes back when the mark is gone, and tells', () => {
    const notices: OwnershipNotice[] = [];
    const ownership = new OwnershipOfUpstream([own], (notice) => notices.push(notice)).of('http://payments:8080');
    expect(ownership.decide(GET).owner).toBe('process');
    expect(ownership.headerFor('process')).toBe('process');

    ownership.received({ owner: 'process', method: 'GET' }, OFFERED, 0);
    expect(ownership.decide(GET).owner).toBe('sidecar');
    expect(ownership.headerFor('sidecar')).toBe(`sidecar/${own.hash}`);

    const verdict = ownership.received({ owner: 'sidecar', method: 'GET' }, reply(null, true), 1);
    expect(verdict).toMatchObject({ attempts: 'one', next: 'continue' });
    expect(ownership.decide(GET).owner).toBe('process');
    expect(ownership.proof).toMatchObject({ state: 'lost', since: 1 });

    const about = { upstream: 'payments', origin: 'http://payments:8080', hash: own.hash };
    expect(notices).toEqual([
      { notice: 'handed-over', ...about },
      { notice: 'taken-back', ...about },
    ]);
  });
});

describe('the dialect of the mesh', () => {
  const istio = retryRuleOf(aPolicy(), '', 'istio');
  if ('obstacle' in istio) throw new Error(istio.obstacle);
  const ofIstio = reply(markOf('payments', 'process', ['00000000', istio.hash]));
  const inBoth = () => {
    const notices: string[] = [];
    const ownership = new OwnershipOfUpstream([own, istio], ({ notice, hash }) => notices.push(`${notice} ${hash}`));
    return { ownership: ownership.of('http://payments:8080'), notices };
  };

  it('is seen by the hash on offer: that rule is asked for', () => {
    const { ownership, notices } = inBoth();
    expect(ownership.own).toBe(own);
    ownership.received({ owner: 'process', method: 'GET' }, ofIstio, 0);
    expect(ownership.own).toBe(istio);
    expect(ownership.decide(GET).owner).toBe('sidecar');
    expect(ownership.headerFor('sidecar')).toBe(`sidecar/${istio.hash}`);
    expect(notices).toEqual([`handed-over ${istio.hash}`]);

    const ran = reply(markOf('payments', 'sidecar', [istio.hash]), true);
    expect(ownership.received({ owner: 'sidecar', method: 'GET' }, ran, 1)).toMatchObject({ attempts: 'all' });
  });

  it('changes when the mesh offers the other rule, and calls in flight under the first one count as they were sent', () => {
    const { ownership, notices } = inBoth();
    ownership.received({ owner: 'process', method: 'GET' }, OFFERED, 0);
    const refused = ownership.received({ owner: 'sidecar', method: 'GET' }, ofIstio, 1);
    expect(refused).toMatchObject({ attempts: 'one', next: 'continue', proof: { state: 'unproven' } });
    const inFlight = reply(markOf('payments', 'sidecar', [own.hash]), true);
    expect(ownership.received({ owner: 'sidecar', method: 'GET' }, inFlight, 2)).toMatchObject({ attempts: 'all' });
    expect(ownership.headerFor('sidecar')).toBe(`sidecar/${istio.hash}`);
    expect(notices[0]).toBe(`handed-over ${own.hash}`);
    expect(notices).not.toContainEqual(expect.stringContaining('taken-back'));
  });

  it("is not learnt from a redirect, nor from another upstream's mark", () => {
    const { ownership } = inBoth();
    ownership.received({ owner: 'process', method: 'GET' }, { ...ofIstio, redirected: true } as Reply, 0);
    ownership.received({ owner: 'process', method: 'GET' }, reply(markOf('orders', 'process', [istio.hash])), 1);
    expect(ownership.own).toBe(own);
  });

  it('stays as it is when no rule of ours is on offer: out of date, once', () => {
    const { ownership, notices } = inBoth();
    const other = reply(markOf('payments', 'process', ['00000000']));
    ownership.received({ owner: 'process', method: 'GET' }, other, 0);
    ownership.received({ owner: 'process', method: 'GET' }, other, 1);
    expect(ownership.own).toBe(own);
    expect(notices).toEqual([`out-of-date ${own.hash}`]);
  });
});

describe('OwnershipOfUpstream', () => {
  it('keeps the proofs of origins apart', () => {
    const ownerships = new OwnershipOfUpstream([own]);
    ownerships.of('http://a').received({ owner: 'process', method: 'GET' }, OFFERED, 0);
    expect(ownerships.of('http://a').decide(GET).owner).toBe('sidecar');
    expect(ownerships.of('http://b').decide(GET).owner).toBe('process');
    expect(ownerships.origins().map(({ origin, proof }) => [origin, proof.state])).toEqual([
      ['http://a', 'proven'],
      ['http://b', 'unproven'],
    ]);
    expect(ownerships.seen('http://a')).toBe(ownerships.of('http://a'));
    expect(ownerships.seen('http://c')).toBeUndefined();
  });

  it('holds 10,000 origins; the others share one that stays unproven and says nothing', () => {
    const notices: OwnershipNotice[] = [];
    const ownerships = new OwnershipOfUpstream([own], (notice) => notices.push(notice));
    const first = ownerships.of('http://host0');
    for (let n = 1; n < 10_000; n++) ownerships.of(`http://host${n}`);
    const rest = ownerships.of('http://one-more');
    expect(ownerships.of('http://yet-another')).toBe(rest);
    expect(ownerships.of('http://host0')).toBe(first);
    expect(ownerships.origins()).toHaveLength(10_000);

    expect(rest.received({ owner: 'process', method: 'GET' }, OFFERED, 0).next).toBe('continue');
    expect(rest.decide(GET).owner).toBe('process');
    expect(rest.proof.state).toBe('unproven');
    expect(notices).toEqual([]);
  });
});

describe('retryRuleOf', () => {
  it('names the rule by its hash, with the caller in it', () => {
    const rule = retryRuleOf(aPolicy());
    const forShop = retryRuleOf(aPolicy(), 'shop');
    expect(rule).toMatchObject({
      hash: expect.stringMatching(/^[0-9a-f]{8}$/),
      rule: { methods: ['GET', 'HEAD', 'PUT'] },
    });
    expect('hash' in rule && 'hash' in forShop && rule.hash !== forShop.hash).toBe(true);
  });

  it.each([
    [false, 'the policy retries nothing'],
    [aRetry({ limit: 0 }), 'the policy retries nothing'],
    [aRetry({ when: () => true }), 'retry.when runs in the process only'],
    [aRetry({ prepare: () => undefined }), 'retry.prepare runs in the process only'],
    [aRetry({ methods: ['QUERY'], on: [503] }), 'no method of the policy can be retried by a sidecar'],
  ] as const)('there is none: %#', (retry, obstacle) => {
    expect(retryRuleOf(aPolicy({ retry }))).toEqual({ obstacle });
  });

  it('has one rule for each dialect that can say the policy', () => {
    const own = retryRulesOf(aPolicy());
    expect('rules' in own && own.rules.map(({ rule }) => rule.dialect)).toEqual([
      'envoy',
      'istio',
      'gateway-api',
      'consul',
    ]);
    expect('rules' in own && new Set(own.rules.map(({ hash }) => hash)).size).toBe(4);
  });

  it('says on what a method that is not listed is retried, where the mesh needs a rule for it; with a hash of its own', () => {
    const own = retryRulesOf(aPolicy({ retry: aRetry({ on: ['connect-failure', 503] }) }));
    if ('obstacle' in own) throw new Error(own.obstacle);
    expect(own.rules.map(({ rule }) => [rule.dialect, rule.unprocessed])).toEqual([
      ['envoy', ['connect-failure']],
      ['istio', ['connect-failure']],
      // Its hands-off rule retries that, too.
      ['gateway-api', []],
      ['consul', ['connect-failure']],
    ]);
    for (const { rule, hash } of own.rules) expect(hashOf({ ...rule, unprocessed: ['refused-stream'] })).not.toBe(hash);
    const onlyQuery = retryRuleOf(aPolicy({ retry: aRetry({ methods: ['QUERY'], on: ['reset'] }) }));
    expect(onlyQuery).toMatchObject({ rule: { methods: [], unprocessed: ['connect-failure', 'refused-stream'] } });
  });

  it('says which dialect has no word for the conditions', () => {
    const policy = aPolicy({ retry: aRetry({ on: [520] }) });
    expect(retryRuleOf(policy)).toMatchObject({ rule: { on: [520] } });
    expect(retryRuleOf(policy, '', 'istio')).toEqual({ obstacle: 'istio has no word for these retries' });
  });
});
