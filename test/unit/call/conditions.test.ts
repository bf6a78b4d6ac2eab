import { describe, expect, it } from 'vitest';
import { Conditions, closureOf, conditionsFor } from '../../../src/call/conditions.ts';
import type { AttemptResult, NetworkFailure } from '../../../src/call/failure.ts';
import { CONDITION_NAMES, type Condition } from '../../../src/policy/conditions.ts';

const COLUMNS = [
  '5xx',
  'gateway-error',
  'reset',
  'connect-failure',
  'refused-stream',
  'retriable-4xx',
  503,
  504,
] as const;

/**
 * What Envoy 1.40 retried under each `retry_on` (run, `num_retries: 2`). FIN, RST and garbage instead of a reply are one
 * thing to us, as are a refused connection and a connect timeout.
 */
const SEEN_WITH_ENVOY: readonly [what: string, result: AttemptResult, retriedUnder: readonly Condition[]][] = [
  ['503', { status: 503 }, ['5xx', 'gateway-error', 503]],
  ['502', { status: 502 }, ['5xx', 'gateway-error']],
  ['500', { status: 500 }, ['5xx']],
  ['504', { status: 504 }, ['5xx', 'gateway-error', 504]],
  ['per-try timeout', { network: 'per-try-timeout' }, ['5xx', 'gateway-error', 'reset']],
  ['FIN, RST, garbage', { network: 'reset' }, ['5xx', 'gateway-error', 'reset']],
  ['409', { status: 409 }, ['retriable-4xx']],
  ['429', { status: 429 }, []],
  ['refused, connect timeout', { network: 'connect-failure' }, ['5xx', 'gateway-error', 'reset', 'connect-failure']],
];

/** Not in that run: a stream refused by HTTP/2, the bounds of the ranges, and an error that is not the network's. */
const BEYOND_IT: typeof SEEN_WITH_ENVOY = [
  ['refused stream', { network: 'refused-stream' }, ['5xx', 'gateway-error', 'reset', 'refused-stream']],
  ['200', { status: 200 }, []],
  ['404', { status: 404 }, []],
  ['499', { status: 499 }, []],
  ['501', { status: 501 }, ['5xx']],
  ['505', { status: 505 }, ['5xx']],
  ['599', { status: 599 }, ['5xx']],
  ['600', { status: 600 }, []],
  ['an error of another kind', {}, []],
];

describe.each([...SEEN_WITH_ENVOY, ...BEYOND_IT])('%s', (_, result, retriedUnder) => {
  it.each(COLUMNS)(`is judged right under %s`, (condition) => {
    expect(new Conditions([condition]).meets(result)).toBe(retriedUnder.includes(condition));
  });
});

describe('Conditions', () => {
  it('knows the per-try timeout by its own name, and nothing else by it', () => {
    const conditions = new Conditions(['per-try-timeout']);
    const failures: NetworkFailure[] = ['connect-failure', 'refused-stream', 'reset', 'per-try-timeout'];
    expect(failures.filter((failure) => conditions.meetsNetwork(failure))).toEqual(['per-try-timeout']);
    expect(conditions.meetsStatus(504)).toBe(false);
  });

  it('joins its list', () => {
    const conditions = new Conditions(['connect-failure', 'retriable-4xx', 429, 500]);
    const met = Array.from({ length: 500 }, (_, index) => index + 100).filter((status) =>
      conditions.meetsStatus(status),
    );
    expect(met).toEqual([409, 429, 500]);
    expect(conditions.meetsNetwork('connect-failure')).toBe(true);
    expect(conditions.meetsNetwork('reset')).toBe(false);
  });

  it('meets nothing without conditions', () => {
    expect(new Conditions([]).meets({ network: 'connect-failure' })).toBe(false);
    expect(new Conditions([]).meets({ status: 503 })).toBe(false);
  });

  it('goes by the network where there was no reply', () => {
    expect(new Conditions([503]).meets({ status: 503, network: 'reset' })).toBe(false);
  });

  it('compiles a list once', () => {
    const on: readonly Condition[] = Object.freeze(['5xx' as const]);
    expect(conditionsFor(on)).toBe(conditionsFor(on));
    expect(conditionsFor(on)).not.toBe(conditionsFor(['5xx']));
    expect(conditionsFor(on).meetsStatus(500)).toBe(true);
  });
});

describe('closureOf', () => {
  const ANY = ['reset', 'connect-failure', 'refused-stream', 'per-try-timeout'];

  it.each([
    ['connect-failure', ['connect-failure'], undefined],
    ['refused-stream', ['refused-stream'], undefined],
    ['per-try-timeout', ['per-try-timeout'], undefined],
    ['reset', ANY, undefined],
    ['gateway-error', ANY, [502, 504]],
    ['5xx', ANY, [500, 599]],
    ['retriable-4xx', [], [409, 409]],
    [429, [], [429, 429]],
  ] as const)('of %s', (condition, network, status) => {
    expect(closureOf(condition)).toEqual(status === undefined ? { network } : { network, status });
  });

  it('knows every name', () => {
    for (const name of CONDITION_NAMES) expect(typeof closureOf(name).status?.[0]).not.toBe('string');
  });
});
