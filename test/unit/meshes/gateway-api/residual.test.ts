import { expect, it } from 'vitest';
import { markOf } from '../../../../src/meshes/mark.ts';
import { OwnershipOfUpstream } from '../../../../src/ownership/ownership-of-upstream.ts';
import { RetryOwnerByMark } from '../../../../src/ownership/retry-owner-by-mark.ts';
import { retryRulesOf } from '../../../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { hashFor, SETTINGS } from './a-route.ts';

/** After a mark has offered this dialect's rule: how many of its attempts a marked reply stands for. */
function attemptsBehind(status: number, on: NonNullable<Exclude<PolicyInput['retry'], false | undefined>['on']>) {
  const settings = { ...SETTINGS, retry: { on } };
  const own = retryRulesOf(parsePolicy(settings));
  if ('obstacle' in own) throw new Error(own.obstacle);
  const byMark = new RetryOwnerByMark({
    ...{ handsOver: true, override: false, streaming: false, clock: new VirtualClock() },
    ownership: new OwnershipOfUpstream(own.rules).of('http://payments:8080'),
  });
  const hash = hashFor(settings);
  const reply = (owner: 'process' | 'sidecar', code: number) => {
    const headers = { 'x-meshwise-owner': markOf('payments', owner, [hash]) };
    return { kind: 'result', value: new Response(null, { status: code, headers }) } as const;
  };
  byMark.received({ owner: 'process', method: 'GET' }, reply('process', 200));
  expect(byMark.headerFor('sidecar')).toBe(`sidecar/${hash}`);
  return byMark.received({ owner: 'sidecar', method: 'GET' }, reply('sidecar', status));
}

it.each([
  ['an upstream that answered with a listed code, retried (run)', 503, ['gateway-error']],
  ['a reset, which is not retried (run) but answers with 503, too', 503, ['reset', 'gateway-error']],
  ['an exceeded per-try timeout, not retried (run), whose 504 an upstream may have sent, too', 504, ['gateway-error']],
  ['a connect failure, retried whatever the route says (run)', 503, [429]],
] as const)('all attempts count for %s', (_name, status, on) => {
  expect(attemptsBehind(status, on)).toMatchObject({ attempts: 'all', next: 'return' });
});

it.each([
  ["the sidecar's own 504, where no upstream's is retried", 504, [429, 503]],
  ['a status that no list of codes can have', 302, [302, 503]],
  ['a status of a range that has no name', 520, ['5xx']],
  ['a success', 200, ['gateway-error']],
] as const)('one attempt counts for %s, and the process has the rest', (_name, status, on) => {
  expect(attemptsBehind(status, on)).toMatchObject({ attempts: 'one', next: 'continue' });
});
