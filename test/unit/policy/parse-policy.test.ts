import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { POLICY_DEFAULTS } from '../../../src/policy/policy-defaults.ts';
import type { PolicyInput } from '../../../src/policy/schema.ts';
import { linesOf, problemsOf, refusal } from './problems-of.ts';

/** What TypeScript would not let through: JavaScript, YAML, JSON. */
function untyped(settings: unknown): PolicyInput {
  return { upstream: 'payments', ...(settings as object) };
}

function parsed(settings: unknown) {
  return parsePolicy(untyped(settings));
}

describe('defaults', () => {
  it('fill in all that is not said', () => {
    expect(parsePolicy({ upstream: 'payments' })).toEqual({
      upstream: 'payments',
      timeout: 30_000,
      idleTimeout: false,
      streamIdleTimeout: 300_000,
      retry: {
        limit: 2,
        perTryTimeout: false,
        on: ['connect-failure', 'refused-stream', 'reset', 'gateway-error'],
        when: undefined,
        prepare: undefined,
        methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'],
        idempotencyKey: false,
        backoff: { base: 25, max: 250 },
        retryAfter: { max: 10_000 },
        budget: { ratio: 0.2, minPerSecond: 1 },
        bufferBody: 65_536,
      },
      circuitBreaker: {
        failureRate: 0.5,
        minimumCalls: 20,
        window: 10_000,
        consecutiveFailures: false,
        on: ['connect-failure', 'reset', 'per-try-timeout', 'gateway-error'],
        openFor: 5000,
        maxOpenFor: 30_000,
        probes: 1,
        key: 'origin',
      },
      concurrency: false,
      tracing: { mode: 'auto', redact: [], requestId: 'keep' },
      errors: 'throw',
      fallback: undefined,
      owner: {},
      propagate: { to: 'auto', hosts: [], timeoutHeader: 'x-meshwise-timeout-ms' },
      streaming: 'auto',
      mesh: 'auto',
    });
  });

  it('are the published ones', () => {
    expect(parsePolicy({ upstream: 'payments' })).toEqual({ upstream: 'payments', ...POLICY_DEFAULTS });
  });

  it('fill in partial objects at every level', () => {
    const policy = parsed({
      retry: { backoff: { max: '1s' }, budget: { ratio: 0 }, retryAfter: {} },
      circuitBreaker: { probes: 3 },
      concurrency: { limit: 5 },
      propagate: { hosts: ['Partner.Example'] },
    });
    expect(policy.retry).toMatchObject({
      limit: 2,
      backoff: { base: 25, max: 1000 },
      budget: { ratio: 0, minPerSecond: 1 },
      retryAfter: { max: 10_000 },
    });
    expect(policy.circuitBreaker).toMatchObject({ probes: 3, failureRate: 0.5 });
    expect(policy.concurrency).toEqual({ limit: 5, queue: 0, until: 'body' });
    expect(policy.propagate).toEqual({
      to: 'auto',
      hosts: ['partner.example'],
      timeoutHeader: 'x-meshwise-timeout-ms',
    });
  });

  it('are meant by undefined as well', () => {
    const policy = parsed({
      timeout: undefined,
      retry: { limit: undefined, backoff: undefined },
      concurrency: undefined,
    });
    expect(policy).toEqual(parsePolicy({ upstream: 'payments' }));
  });

  it.each([
    [{ base: '500ms' }, { base: 500, max: 5000 }],
    [{ base: 10 }, { base: 10, max: 100 }],
    [{ base: '500h' }, { base: 1_800_000_000, max: 2_147_483_647 }],
    [{ max: 10 }, { base: 10, max: 10 }],
    [{ max: '1s' }, { base: 25, max: 1000 }],
    [{ base: 0 }, { base: 0, max: 0 }],
  ])('of the back-off never contradict the half that is written: %j', (backoff, result) => {
    expect(parsed({ retry: { backoff } }).retry).toMatchObject({ backoff: result });
  });

  it.each([
    [{ openFor: '20s' }, { openFor: 20_000, maxOpenFor: 30_000 }],
    [{ openFor: '45s' }, { openFor: 45_000, maxOpenFor: 45_000 }],
    [{ maxOpenFor: '2s' }, { openFor: 2000, maxOpenFor: 2000 }],
    [{ maxOpenFor: '2m' }, { openFor: 5000, maxOpenFor: 120_000 }],
  ])('of the opening times never contradict the half that is written: %j', (circuitBreaker, result) => {
    expect(parsed({ circuitBreaker }).circuitBreaker).toMatchObject(result);
  });
});

describe('what is written', () => {
  it.each<[string, unknown, unknown]>([
    ['durations', { timeout: '2s', idleTimeout: 5 }, { timeout: 2000, idleTimeout: 5, streamIdleTimeout: 5 }],
    ['no idle timeout at all', { idleTimeout: false }, { idleTimeout: false, streamIdleTimeout: false }],
    [
      'concerns that are off',
      { timeout: false, retry: false, circuitBreaker: false, concurrency: false },
      {
        timeout: false,
        retry: false,
        circuitBreaker: false,
        concurrency: false,
      },
    ],
    ['tracing off', { tracing: false }, { tracing: { mode: 'off', redact: [], requestId: 'keep' } }],
    ['tracing by one word', { tracing: 'own' }, { tracing: { mode: 'own', redact: [], requestId: 'keep' } }],
    ['tracing off in its object', { tracing: { mode: false } }, { tracing: { mode: 'off' } }],
    [
      'more to redact, each once and as it is written',
      { tracing: { redact: ['token', 'Token', 'user name', 'token'], requestId: 'align' } },
      { tracing: { mode: 'auto', redact: ['token', 'Token', 'user name'], requestId: 'align' } },
    ],
    ['redaction where nothing is traced', { tracing: { mode: 'off', redact: ['a'] } }, { tracing: { redact: ['a'] } }],
    [
      'a propagation by one word',
      { propagate: 'never' },
      {
        propagate: { to: 'never', hosts: [], timeoutHeader: 'x-meshwise-timeout-ms' },
      },
    ],
    ['another header', { propagate: { timeoutHeader: 'X-Deadline' } }, { propagate: { timeoutHeader: 'x-deadline' } }],
    ['no header', { propagate: { timeoutHeader: false } }, { propagate: { timeoutHeader: false } }],
    ['owners', { owner: { retry: 'sidecar' } }, { owner: { retry: 'sidecar' } }],
    [
      'mesh',
      { mesh: true, streaming: false, errors: 'response' },
      { mesh: true, streaming: false, errors: 'response' },
    ],
    [
      'a failure in a row',
      { circuitBreaker: { consecutiveFailures: 5 } },
      { circuitBreaker: { consecutiveFailures: 5 } },
    ],
    [
      'methods, upper-case and once',
      { retry: { methods: ['post', 'POST', 'GET'] } },
      { retry: { methods: ['POST', 'GET'] } },
    ],
    ['conditions, once', { retry: { on: ['reset', 429, 'reset', 429] } }, { retry: { on: ['reset', 429] } }],
    ['no methods', { retry: { methods: [] } }, { retry: { methods: [] } }],
    [
      'bounds',
      {
        retry: { limit: 100, bufferBody: 0, budget: { ratio: 10, minPerSecond: 0 } },
        circuitBreaker: { failureRate: 1 },
      },
      {
        retry: { limit: 100, bufferBody: 0, budget: { ratio: 10, minPerSecond: 0 } },
        circuitBreaker: { failureRate: 1 },
      },
    ],
    [
      'parts that are off',
      { retry: { limit: 0, perTryTimeout: false, retryAfter: false, budget: false, idempotencyKey: false } },
      {
        retry: { limit: 0, perTryTimeout: false, retryAfter: false, budget: false, idempotencyKey: false },
      },
    ],
    [
      'equal limits',
      {
        timeout: 500,
        retry: { perTryTimeout: 500, backoff: { base: 7, max: 7 } },
        circuitBreaker: { openFor: 9, maxOpenFor: 9 },
      },
      {
        retry: { perTryTimeout: 500 },
      },
    ],
    ['an idle timeout longer than the timeout: streams', { timeout: '1s', idleTimeout: '1m' }, { idleTimeout: 60_000 }],
    [
      'an attempt of any length without a timeout',
      { timeout: false, retry: { perTryTimeout: '1h' } },
      { timeout: false },
    ],
  ])('holds: %s', (_, settings, result) => {
    expect(parsed(settings)).toMatchObject(result as object);
  });

  it('keeps functions as they are', () => {
    const when = () => true;
    const prepare = () => undefined;
    const fallback = () => new Response();
    const policy = parsePolicy({ upstream: 'payments', retry: { when, prepare }, fallback });
    expect(policy.fallback).toBe(fallback);
    expect(policy.retry).toMatchObject({ when, prepare });
    expect(Object.isFrozen(when)).toBe(false);
  });

  it('is copied, not taken over', () => {
    const on = [429 as const];
    const input = { upstream: 'payments', retry: { on, backoff: { base: 5 } }, propagate: { hosts: ['a.example'] } };
    const before = structuredClone(input);
    const policy = parsePolicy(input);
    expect(input).toEqual(before);
    expect(Object.isFrozen(input.retry)).toBe(false);
    on.push(429);
    expect(policy.retry).toMatchObject({ on: [429] });
  });

  it('may come from a class or an object without prototype', () => {
    class Settings {
      readonly upstream = 'payments';
      readonly timeout = '1s';
    }
    expect(parsePolicy(new Settings()).timeout).toBe(1000);
    expect(parsePolicy(Object.assign(Object.create(null), { upstream: 'payments', timeout: 7 })).timeout).toBe(7);
  });
});

describe('defaults of the user', () => {
  it('stand under the policy, key by key', () => {
    const policy = parsePolicy(
      {
        upstream: 'payments',
        retry: { limit: 1, on: [503] },
        concurrency: { queue: 9 },
        propagate: { timeoutHeader: false },
      },
      {
        defaults: {
          timeout: '1s',
          retry: { limit: 5, on: ['reset'], bufferBody: 3 },
          concurrency: { limit: 4 },
          propagate: 'always',
          idleTimeout: '9s',
        },
      },
    );
    expect(policy).toMatchObject({
      timeout: 1000,
      idleTimeout: 9000,
      streamIdleTimeout: 9000,
      retry: { limit: 1, on: [503], bufferBody: 3 },
      concurrency: { limit: 4, queue: 9 },
      propagate: { to: 'always', timeoutHeader: false },
    });
  });

  it('give way to an idle timeout of the policy, for streams too', () => {
    const policy = parsePolicy({ upstream: 'payments', idleTimeout: false }, { defaults: { idleTimeout: '9s' } });
    expect([policy.idleTimeout, policy.streamIdleTimeout]).toEqual([false, false]);
  });

  it('that switch a concern off are overruled by an object, and the other way round', () => {
    const defaults = { retry: false, circuitBreaker: { probes: 7 } } as const;
    const policy = parsePolicy({ upstream: 'payments', retry: { limit: 1 }, circuitBreaker: false }, { defaults });
    expect(policy.retry).toMatchObject({ limit: 1, bufferBody: 65_536 });
    expect(policy.circuitBreaker).toBe(false);
  });

  it('are checked as well, and contradict the policy where they do', () => {
    const defaults = { timeout: '1s', retry: { limt: 3 } } as object;
    expect(linesOf(() => parsePolicy({ upstream: 'p', retry: { perTryTimeout: '2s' } }, { defaults }))).toEqual([
      'defaults.retry.limt: is not known here; did you mean limit?',
      'retry.perTryTimeout: 2s must not exceed timeout 1s',
    ]);
  });
});

describe('mistakes', () => {
  const duration = 'must be a duration such as 250ms, 2s or 1h30m';
  const zero = 'must be longer than 0; for no limit write false';

  it.each<[unknown, string, string]>([
    [{ timeout: 0 }, 'timeout', zero],
    [{ timeout: '0s' }, 'timeout', zero],
    [{ timeout: -0.5 }, 'timeout', `${duration}, or a number of milliseconds, not -0.5`],
    [{ timeout: true }, 'timeout', `${duration}, or a number of milliseconds, not true`],
    [{ timeout: null }, 'timeout', `${duration}, or a number of milliseconds, not null`],
    [{ idleTimeout: 0 }, 'idleTimeout', zero],
    [{ retry: { perTryTimeout: 0 } }, 'retry.perTryTimeout', zero],
    [{ retry: 3 }, 'retry', 'must be false or an object such as { limit: 2 }, not 3'],
    [{ retry: true }, 'retry', 'must be false or an object such as { limit: 2 }, not true'],
    [{ retry: [] }, 'retry', 'must be false or an object such as { limit: 2 }, not an array'],
    [{ retry: new Map([['limit', 1]]) }, 'retry', 'must be false or an object such as { limit: 2 }, not a Map'],
    [{ retry: { limit: 101 } }, 'retry.limit', 'must be an integer from 0 to 100, not 101'],
    [{ retry: { limit: -1 } }, 'retry.limit', 'must be an integer from 0 to 100, not -1'],
    [{ retry: { limit: -1.5 } }, 'retry.limit', 'must be an integer from 0 to 100, not -1.5'],
    [{ retry: { limit: 1.5 } }, 'retry.limit', 'must be an integer from 0 to 100, not 1.5'],
    [{ retry: { limit: '2' } }, 'retry.limit', 'must be an integer from 0 to 100, not "2"'],
    [{ retry: { limit: Number.NaN } }, 'retry.limit', 'must be an integer from 0 to 100, not NaN'],
    [{ retry: { on: [] } }, 'retry.on', 'must name at least one condition; to switch this off write retry: false'],
    [{ retry: { on: '5xx' } }, 'retry.on', 'must be a list of conditions, not "5xx"'],
    [{ retry: { on: ['5xx', '429'] } }, 'retry.on[1]', 'must be a number, not a string: write 429 without quotes'],
    [{ retry: { on: [600] } }, 'retry.on[0]', 'must be a status code from 100 to 599, not 600'],
    [{ retry: { on: [99] } }, 'retry.on[0]', 'must be a status code from 100 to 599, not 99'],
    [{ retry: { on: [429.5] } }, 'retry.on[0]', 'must be a status code from 100 to 599, not 429.5'],
    [
      { retry: { on: ['gateway_error'] } },
      'retry.on[0]',
      'is no condition: "gateway_error"; did you mean gateway-error?',
    ],
    [
      { retry: { on: ['cancelled'] } },
      'retry.on[0]',
      'must be connect-failure, refused-stream, reset, per-try-timeout, gateway-error, 5xx, retriable-4xx or a status code as a number, not "cancelled"',
    ],
    [
      { retry: { when: 'always' } },
      'retry.when',
      'must be a function (outcome, call) => boolean or undefined, not "always"',
    ],
    [
      { retry: { prepare: 1 } },
      'retry.prepare',
      'must be a function (call, outcome) => { url, headers } or undefined, not 1',
    ],
    [{ retry: { methods: 'GET' } }, 'retry.methods', 'must be a list of HTTP methods, not "GET"'],
    [{ retry: { methods: ['GET', 'P OST'] } }, 'retry.methods[1]', 'must be an HTTP method, not "P OST"'],
    [{ retry: { methods: [''] } }, 'retry.methods[0]', 'must be an HTTP method, not ""'],
    [{ retry: { idempotencyKey: true } }, 'retry.idempotencyKey', 'must be auto or false, not true'],
    [{ retry: { backoff: 5 } }, 'retry.backoff', 'must be an object { base, max }, not 5'],
    [{ retry: { backoff: false } }, 'retry.backoff', 'must be an object { base, max }, not false'],
    [{ retry: { retryAfter: '10s' } }, 'retry.retryAfter', 'must be false or an object { max }, not "10s"'],
    [{ retry: { budget: 0.2 } }, 'retry.budget', 'must be false or an object { ratio, minPerSecond }, not 0.2'],
    [{ retry: { budget: { ratio: 20 } } }, 'retry.budget.ratio', 'must be a number from 0 to 10, not 20'],
    [{ retry: { budget: { ratio: -1 } } }, 'retry.budget.ratio', 'must be a number from 0 to 10, not -1'],
    [
      { retry: { budget: { minPerSecond: Number.POSITIVE_INFINITY } } },
      'retry.budget.minPerSecond',
      'must be a number from 0 to 1000000, not Infinity',
    ],
    [{ retry: { bufferBody: -1 } }, 'retry.bufferBody', 'must be an integer, 0 or more, not -1'],
    [{ retry: { bufferBody: '64k' } }, 'retry.bufferBody', 'must be an integer, 0 or more, not "64k"'],
    [
      { circuitBreaker: { failureRate: 0 } },
      'circuitBreaker.failureRate',
      'must be a number above 0 and at most 1, not 0',
    ],
    [
      { circuitBreaker: { failureRate: 50 } },
      'circuitBreaker.failureRate',
      'must be a number above 0 and at most 1, not 50',
    ],
    [{ circuitBreaker: { minimumCalls: 0 } }, 'circuitBreaker.minimumCalls', 'must be an integer, 1 or more, not 0'],
    [{ circuitBreaker: { window: 0 } }, 'circuitBreaker.window', 'must be longer than 0'],
    [{ circuitBreaker: { openFor: 0 } }, 'circuitBreaker.openFor', 'must be longer than 0'],
    [
      { circuitBreaker: { openFor: false } },
      'circuitBreaker.openFor',
      `${duration}, or a number of milliseconds, not false`,
    ],
    [
      { circuitBreaker: { consecutiveFailures: 0 } },
      'circuitBreaker.consecutiveFailures',
      'must be an integer, 1 or more, not 0',
    ],
    [
      { circuitBreaker: { on: [] } },
      'circuitBreaker.on',
      'must name at least one condition; to switch this off write circuitBreaker: false',
    ],
    [{ circuitBreaker: { probes: 0 } }, 'circuitBreaker.probes', 'must be an integer, 1 or more, not 0'],
    [{ circuitBreaker: { key: 'host' } }, 'circuitBreaker.key', 'must be origin or upstream, not "host"'],
    [{ concurrency: 64 }, 'concurrency', 'must be false or an object such as { limit: 64 }, not 64'],
    [{ concurrency: { queue: 5 } }, 'concurrency.limit', 'must be set: a queue needs a limit'],
    [{ concurrency: {} }, 'concurrency.limit', 'must be set; to switch the limit off write concurrency: false'],
    [{ concurrency: { limit: 0 } }, 'concurrency.limit', 'must be an integer, 1 or more, not 0'],
    [{ concurrency: { limit: 1, queue: -1 } }, 'concurrency.queue', 'must be an integer, 0 or more, not -1'],
    [
      { concurrency: { limit: 1, until: 'header' } },
      'concurrency.until',
      'must be body or headers, not "header"; did you mean headers?',
    ],
    [
      { tracing: 'on' },
      'tracing',
      'must be auto, own, delegate, off, false or an object { mode, redact, requestId }, not "on"; did you mean own?',
    ],
    [
      { tracing: true },
      'tracing',
      'must be auto, own, delegate, off, false or an object { mode, redact, requestId }, not true',
    ],
    [
      { tracing: { mode: 'on' } },
      'tracing.mode',
      'must be auto, own, delegate, off or false, not "on"; did you mean own?',
    ],
    [{ tracing: { redact: 'token' } }, 'tracing.redact', 'must be a list of query keys, not "token"'],
    [
      { tracing: { redact: ['token', ''] } },
      'tracing.redact[1]',
      'must be a query key as it reads after percent-decoding, not ""',
    ],
    [
      { tracing: { redact: ['token='] } },
      'tracing.redact[0]',
      'must be a query key as it reads after percent-decoding, not "token="',
    ],
    [
      { tracing: { requestId: 'aligned' } },
      'tracing.requestId',
      'must be keep or align, not "aligned"; did you mean align?',
    ],
    [{ tracing: { redacted: [] } }, 'tracing.redacted', 'is not known here; did you mean redact?'],
    [{ errors: 'throws' }, 'errors', 'must be throw or response, not "throws"; did you mean throw?'],
    [{ fallback: new Response('secret') }, 'fallback', 'must be a function (error, call) => Response, not a Response'],
    [
      { owner: 'sidecar' },
      'owner',
      'must be an object with any of timeout, retry, circuitBreaker, concurrency, tracing, not "sidecar"',
    ],
    [{ owner: { retry: 'mesh' } }, 'owner.retry', 'must be process or sidecar, not "mesh"'],
    [{ owner: { retries: 'sidecar' } }, 'owner.retries', 'is not known here; did you mean retry?'],
    [
      { propagate: true },
      'propagate',
      'must be auto, always, never or an object { to, hosts, timeoutHeader }, not true',
    ],
    [{ propagate: { to: 'some' } }, 'propagate.to', 'must be auto, always or never, not "some"'],
    [{ propagate: { hosts: ['*'] } }, 'propagate.hosts[0]', 'must be a host name, or *. and the end of one, not "*"'],
    [
      { propagate: { timeoutHeader: 'x timeout' } },
      'propagate.timeoutHeader',
      'must be the name of a header, or false, not "x timeout"',
    ],
    [{ streaming: 'yes' }, 'streaming', 'must be auto, true or false, not "yes"'],
    [{ mesh: 'istio' }, 'mesh', 'must be auto, true or false, not "istio"'],
    [
      { upstream: '' },
      'upstream',
      'must be 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit, not ""',
    ],
    [
      { upstream: '-a' },
      'upstream',
      'must be 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit, not "-a"',
    ],
    [
      { upstream: 'a/b' },
      'upstream',
      'must be 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit, not "a/b"',
    ],
    [
      { upstream: 'a\n' },
      'upstream',
      'must be 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit, not "a\\n"',
    ],
    [
      { upstream: undefined },
      'upstream',
      'must be 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit, not undefined',
    ],
    [{ retries: {} }, 'retries', 'is not known here; did you mean retry?'],
    [
      { retry: { attempts: 3 } },
      'retry.attempts',
      'is not known here; known are limit, perTryTimeout, on, when, prepare, methods, idempotencyKey, backoff, retryAfter, bufferBody and budget',
    ],
    [{ retry: { backoff: { bse: 3 } } }, 'retry.backoff.bse', 'is not known here; did you mean base?'],
    [
      { 'a b': 1 },
      '["a b"]',
      'is not known here; known are upstream, timeout, retry, circuitBreaker, concurrency, idleTimeout, tracing, errors, fallback, owner, propagate, streaming and mesh',
    ],
    [
      { match: [] },
      'match',
      'is not known here; known are upstream, timeout, retry, circuitBreaker, concurrency, idleTimeout, tracing, errors, fallback, owner, propagate, streaming and mesh',
    ],
    [{ timeuot: undefined }, 'timeuot', 'is not known here; did you mean timeout?'],
  ])('%#: %j', (settings, path, message) => {
    expect(problemsOf(() => parsed(settings))).toEqual([{ path, message }]);
  });

  it.each<[unknown, string, string]>([
    [{ timeout: '2s', retry: { perTryTimeout: '5s' } }, 'retry.perTryTimeout', '5s must not exceed timeout 2s'],
    [{ retry: { perTryTimeout: '40s' } }, 'retry.perTryTimeout', '40s must not exceed timeout 30s (the default)'],
    [
      { retry: { backoff: { base: '1s', max: '500ms' } } },
      'retry.backoff.base',
      '1s must not exceed retry.backoff.max 500ms',
    ],
    [
      { circuitBreaker: { openFor: '10s', maxOpenFor: '5s' } },
      'circuitBreaker.openFor',
      '10s must not exceed circuitBreaker.maxOpenFor 5s',
    ],
    [
      { timeout: '1s', idleTimeout: '2s', streaming: false },
      'idleTimeout',
      '2s must not exceed timeout 1s: without streams it could never fire',
    ],
  ])('contradiction %#: %j', (settings, path, message) => {
    expect(problemsOf(() => parsed(settings))).toEqual([{ path, message }]);
  });

  it('are reported together with the contradictions beside them, and with none that follow from them', () => {
    expect(
      linesOf(() =>
        parsed({
          timeout: -5,
          retry: { perTryTimeout: '40s', limit: -1, backoff: { base: 9, max: 3 } },
          circuitBreaker: { openFor: 5, maxOpenFor: 'x' },
          concurrency: { limit: 'many', queue: 3 },
        }),
      ).map((line) => line.split(':', 1)[0]),
    ).toEqual(['circuitBreaker.maxOpenFor', 'concurrency.limit', 'retry.backoff.base', 'retry.limit', 'timeout']);
  });

  it.each<[unknown, string]>([
    [null, 'policy: must be an object, not null'],
    ['payments', 'policy: must be an object, not "payments"'],
    [[], 'policy: must be an object, not an array'],
    [Promise.resolve({}), 'policy: must be an object, not a Promise'],
    [{}, 'policy: upstream: must be set'],
  ])('of the whole: %#', (input, message) => {
    expect(refusal(() => parsePolicy(input as PolicyInput)).message).toBe(message);
  });

  it('of prototypes change none', () => {
    const input = JSON.parse(
      '{"upstream":"p","__proto__":{"timeout":1},"constructor":2,"retry":{"__proto__":{"limit":9}}}',
    );
    expect(
      problemsOf(() => parsePolicy(input))
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['__proto__', 'constructor', 'retry.__proto__']);
    expect(({} as Record<string, unknown>)['timeout']).toBeUndefined();
  });

  it('come as one ConfigError that says where', () => {
    const error = refusal(() =>
      parsePolicy(untyped({ timeout: 0, retry: { limit: 101 } }), {
        source: 'meshwise.yaml',
        path: 'upstreams.payments',
      }),
    );
    expect(error).toMatchObject({ name: 'ConfigError', code: 'MESHWISE_CONFIG' });
    expect(error.message).toBe(
      [
        'meshwise.yaml:',
        '  - upstreams.payments.timeout: must be longer than 0; for no limit write false',
        '  - upstreams.payments.retry.limit: must be an integer from 0 to 100, not 101',
      ].join('\n'),
    );
    expect(refusal(() => parsed({ timeout: 0 })).message).toMatch(/^policy "payments": timeout: /);
  });

  it('never show what objects and functions hold, nor long texts', () => {
    const secret = 's3cr3t';
    const { message } = refusal(() =>
      parsed({
        timeout: { secret },
        retry: { limit: () => secret, on: [{ secret }], methods: [`${'x '.repeat(40)}${secret}`] },
        fallback: { secret },
      }),
    );
    expect(message).not.toContain(secret);
    expect(message).not.toContain('=> secret');
  });
});
