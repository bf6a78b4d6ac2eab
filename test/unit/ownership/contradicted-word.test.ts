import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../src/meshes/envoy/admin/coverage.ts';
import { virtualHost } from '../../../src/meshes/envoy/routes.ts';
import { contradictionTo, missingOf } from '../../../src/ownership/contradicted-word.ts';
import { CONCERNS, type Concern } from '../../../src/policy/conditions.ts';
import { factsOf, NO_LIMITS, type SidecarShape, URL_OF_PAYMENTS } from '../meshes/admin/a-sidecar.ts';
import { aPolicy, aRetry } from './a-policy.ts';

const POLICY = aPolicy({ retry: aRetry({ perTryTimeout: false, on: ['connect-failure', 'gateway-error'] }) });
const MATCH = { name: 'rule', match: { prefix: '/' } };

function route(fields: Readonly<Record<string, unknown>>) {
  return { ...MATCH, route: { cluster: 'payments', ...fields } };
}

/** What the word is held against: the requests ask for nothing. */
function shown(shape: SidecarShape) {
  return coverageOf(factsOf(shape), { policy: POLICY, url: URL_OF_PAYMENTS, asks: false });
}

const retrying = (retry_on: string, num_retries: number) => route({ retry_policy: { retry_on, num_retries } });
const RETRYING_503 = route({
  retry_policy: { retry_on: 'retriable-status-codes', retriable_status_codes: [503], num_retries: 2 },
});
const tracing = (value: number) => ({ tracing: { random_sampling: { value }, provider: { name: 'otel' } } });
const ejecting = (max_ejection_percent: number) => ({
  payments: { hosts: 2, circuit_breakers: NO_LIMITS, outlier_detection: { max_ejection_percent } },
});

describe('does a configuration contradict the word that the sidecar executes it?', () => {
  it.each<[Concern, string, SidecarShape, string | undefined]>([
    ['timeout', 'the same', { routes: [route({ timeout: '2s' })] }, undefined],
    ['timeout', 'an earlier one', { routes: [route({ timeout: '1s' })] }, undefined],
    ['timeout', 'none', { routes: [route({ timeout: '0s' })] }, 'a route has no timeout'],
    [
      'timeout',
      "a later one: Envoy's default",
      { routes: [route({})] },
      'a route gives up after 15s, the policy after 2s',
    ],
    ['retry', 'all of it', { routes: [retrying('connect-failure,gateway-error', 2)] }, undefined],
    ['retry', 'none', { routes: [route({})] }, 'a route does not retry'],
    [
      'retry',
      "refused connections only: all else would be nobody's",
      { routes: [retrying('connect-failure,refused-stream', 2)] },
      'a route does not retry reset, 502-504',
    ],
    ['retry', 'fewer times: ours would multiply them', { routes: [retrying('gateway-error', 1)] }, undefined],
    ['retry', 'a part of the replies: ours would multiply them', { routes: [RETRYING_503] }, undefined],
    ['circuitBreaker', 'none', { routes: [route({})] }, 'a cluster has no outlier detection'],
    ['circuitBreaker', 'ejection', { routes: [route({})], clusters: ejecting(100) }, undefined],
    [
      'circuitBreaker',
      'ejection that cannot happen',
      { routes: [route({})], clusters: ejecting(10) },
      'outlier detection can eject none of 2 hosts: at most 10 %',
    ],
    ['tracing', 'none', { routes: [route({})] }, 'the sidecar makes no spans'],
    ['tracing', 'of every request', { routes: [route({})], manager: tracing(100) }, undefined],
    ['tracing', 'of some', { routes: [route({})], manager: tracing(1) }, undefined],
    ['concurrency', 'whatever it is: it is not read', { routes: [route({})] }, undefined],
  ])('%s: %s', (concern, _what, shape, contradiction) => {
    expect(contradictionTo(concern, shown(shape))).toBe(contradiction);
  });

  it('nothing shown contradicts nothing', () => {
    for (const concern of CONCERNS) expect(contradictionTo(concern, undefined)).toBeUndefined();
  });

  it('a sidecar through which such calls do not go contradicts all that can be read', () => {
    const elsewhere = coverageOf(factsOf({ routes: [route({})] }), {
      policy: POLICY,
      url: new URL('http://payments:9'),
      asks: false,
    });
    const contradictions = CONCERNS.map((concern) => contradictionTo(concern, elsewhere));
    const why = 'no HTTP listener of the sidecar takes port 9';
    expect(contradictions).toEqual([why, why, why, undefined, why]);
  });

  it('tells what is missing of what is left to the sidecar all the same', () => {
    const part = shown({ routes: [retrying('gateway-error', 1)], manager: tracing(1), clusters: ejecting(100) });
    expect(missingOf('retry', part)).toBe('a route retries 1 times, the policy 2 times');
    expect(missingOf('tracing', part)).toBe('the sidecar samples 1 % of the requests');
    expect(missingOf('circuitBreaker', part)).toBeUndefined();
    expect(missingOf('retry', shown({ routes: [retrying('gateway-error', 2)] }))).toBeUndefined();
  });
});

describe('the rule that is there for those that ask', () => {
  it('does not count where nothing is asked for', () => {
    const destination = { cluster: 'payments', several: false };
    const { routes } = virtualHost({ policy: POLICY, caller: '', destination, forEveryone: false, operator: {} });
    const facts = factsOf({ routes: routes as SidecarShape['routes'] });
    const retryOf = (asks: boolean) => coverageOf(facts, { policy: POLICY, url: URL_OF_PAYMENTS, asks }).concerns.retry;
    expect([retryOf(true).covered, retryOf(false).covered]).toEqual(['all', 'none']);
  });
});
