import { describe, expect, it } from 'vitest';
import { markOf } from '../../../src/meshes/mark.ts';
import { OwnershipOfUpstream } from '../../../src/ownership/ownership-of-upstream.ts';
import { RetryOwnerByMark } from '../../../src/ownership/retry-owner-by-mark.ts';
import { retryRulesOf } from '../../../src/ownership/retry-rule.ts';
import type { Owner } from '../../../src/policy/conditions.ts';
import type { RetryPolicy } from '../../../src/policy/policy.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { aPolicy, aRetry } from './a-policy.ts';

const rules = retryRulesOf(aPolicy({ retry: aRetry({ on: [503, 520] }) }));
if ('obstacle' in rules) throw new Error(rules.obstacle);
const [envoy, istio] = rules.rules;

function owner(): RetryOwnerByMark {
  return ownerFor({ on: [503, 520] });
}

function ownerFor(retry: Partial<RetryPolicy>): RetryOwnerByMark {
  const own = retryRulesOf(aPolicy({ retry: aRetry(retry) }));
  if ('obstacle' in own) throw new Error(own.obstacle);
  return new RetryOwnerByMark({
    ownership: new OwnershipOfUpstream(own.rules).of('http://payments:8080'),
    handsOver: true,
    override: false,
    streaming: false,
    clock: new VirtualClock(),
  });
}

/** With the mark of the rule that is asked for. */
function replied(byMark: RetryOwnerByMark, status: number, owned: Owner) {
  const [, hash = ''] = byMark.headerFor('sidecar').split('/');
  const headers = { 'x-meshwise-owner': markOf('payments', owned, [hash]) };
  return { kind: 'result', value: new Response(null, { status, headers }) } as const;
}

// Istio would refuse a resource that retries on 520: its rule of the same policy leaves it to the process.
it.each([
  ['envoy', envoy.hash, 503, 'all'],
  ['envoy', envoy.hash, 520, 'all'],
  ['istio', istio?.hash ?? '', 503, 'all'],
  ['istio', istio?.hash ?? '', 520, 'one'],
] as const)("%s's rule %s, status %d: %s of its attempts count", (_dialect, hash, status, attempts) => {
  const byMark = owner();
  const reply = (code: number, owned: 'process' | 'sidecar') => {
    const headers = { 'x-meshwise-owner': markOf('payments', owned, [hash]) };
    return { kind: 'result', value: new Response(null, { status: code, headers }) } as const;
  };
  byMark.received({ owner: 'process', method: 'GET' }, reply(200, 'process'));
  expect(byMark.headerFor('sidecar')).toBe(`sidecar/${hash}`);
  expect(byMark.received({ owner: 'sidecar', method: 'GET' }, reply(status, 'sidecar'))).toMatchObject({ attempts });
});

it('a call in flight counts by the rule that its own mark names, whatever the mesh has offered since', () => {
  const byMark = owner();
  const process = { 'x-meshwise-owner': markOf('payments', 'process', [istio?.hash ?? '']) };
  byMark.received(
    { owner: 'process', method: 'GET' },
    { kind: 'result', value: new Response(null, { headers: process }) },
  );
  const headers = { 'x-meshwise-owner': markOf('payments', 'sidecar', [envoy.hash]) };
  const reply = { kind: 'result', value: new Response(null, { status: 520, headers }) } as const;
  expect(byMark.received({ owner: 'sidecar', method: 'GET' }, reply)).toMatchObject({ attempts: 'all' });
});

describe('a POST', () => {
  const request = {
    method: 'POST',
    repeatable: false,
    bodySize: 5,
    headers: new Headers(),
    budgetLeft: true,
    probe: false,
  };
  const offered = () => {
    const byMark = ownerFor({ on: ['gateway-error'] });
    byMark.received({ owner: 'process', method: 'GET' }, replied(byMark, 200, 'process'));
    return byMark;
  };

  it('goes to the sidecar, which alone sees that nobody took the connection; with a key it stays here', () => {
    expect(offered().decide(request)).toBe('sidecar');
    expect(offered().decide({ ...request, repeatable: true })).toBe('process');
  });

  // The rule retries it on connect failures only: its 504 is that of a per-try timeout, and has had one attempt.
  it.each([
    [503, 'all'],
    [502, 'one'],
    [504, 'one'],
  ] as const)('that ends with %d counts as %s of the attempts, a GET as all', (status, attempts) => {
    const byMark = offered();
    const received = (method: string) =>
      byMark.received({ owner: 'sidecar', method }, replied(byMark, status, 'sidecar')).attempts;
    expect([received('POST'), received('GET')]).toEqual([attempts, 'all']);
  });
});
