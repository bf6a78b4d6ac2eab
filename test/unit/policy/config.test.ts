import { describe, expect, it } from 'vitest';
import { type MeshwiseConfigInput, parseConfig } from '../../../src/policy/config.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { linesOf, problemsOf, refusal } from './problems-of.ts';

function parsed(input: unknown) {
  return parseConfig(input as MeshwiseConfigInput, 'meshwise.yaml');
}

describe('parseConfig', () => {
  it('takes an empty configuration', () => {
    expect(parsed({})).toEqual({ mode: undefined, caller: '', upstreams: [] });
  });

  it('reads upstreams over the defaults, in order', () => {
    const config = parsed({
      mode: 'off',
      caller: 'checkout',
      owner: { retry: 'sidecar', timeout: 'sidecar' },
      defaults: { timeout: '10s', retry: { limit: 1 }, owner: { timeout: 'process' } },
      upstreams: {
        payments: {
          match: ['http://payments:8080', 'http://*.payments.svc.cluster.local'],
          timeout: '2s',
          retry: { on: ['reset', 429] },
          owner: { retry: 'process' },
        },
        db: {},
      },
    });
    expect(config).toEqual({
      mode: 'off',
      caller: 'checkout',
      upstreams: [
        {
          policy: parsePolicy({
            upstream: 'payments',
            timeout: 2000,
            retry: { limit: 1, on: ['reset', 429] },
            owner: { retry: 'process', timeout: 'process' },
          }),
          match: [
            { protocol: 'http:', host: 'payments', port: 8080, path: '' },
            { protocol: 'http:', host: '*.payments.svc.cluster.local', port: 80, path: '' },
          ],
        },
        {
          policy: parsePolicy({
            upstream: 'db',
            timeout: 10_000,
            retry: { limit: 1 },
            owner: { retry: 'sidecar', timeout: 'process' },
          }),
          match: [],
        },
      ],
    });
    expect(Object.isFrozen(config.upstreams) && Object.isFrozen(config.upstreams[0]?.match)).toBe(true);
  });

  it('reports all mistakes of all upstreams together', () => {
    expect(
      linesOf(() =>
        parsed({
          mode: 'proces',
          caller: 'a b',
          owner: { retry: 'mesh' },
          defaults: { timeout: '1s', retr: 3, upstream: 'x' },
          upstreams: {
            payments: { match: ['http://payments', 'payments'], retry: { perTryTimeout: '2s', limit: 101 } },
            orders: { upstream: 'orders', concurrency: { queue: 1 } },
            nothing: null,
            'a b': { timeout: 0 },
          },
          upstream: {},
        }),
      ),
    ).toEqual([
      'caller: must be up to 63 letters, digits, dots, dashes or underscores, not "a b"',
      'defaults.retr: is not known here; did you mean retry?',
      'defaults.upstream: is not known here; known are timeout, retry, circuitBreaker, concurrency, idleTimeout, tracing, errors, fallback, owner, propagate, streaming and mesh',
      'mode: must be process, observe, auto, mesh or off, not "proces"; did you mean process?',
      'owner.retry: must be process or sidecar, not "mesh"',
      'upstream: is not known here; did you mean upstreams?',
      'upstreams.nothing: must be an object ({} for the defaults), not null',
      'upstreams.orders.concurrency.limit: must be set: a queue needs a limit',
      'upstreams.orders.upstream: is not known here; known are match, timeout, retry, circuitBreaker, concurrency, idleTimeout, tracing, errors, fallback, owner, propagate, streaming and mesh',
      'upstreams.payments.match[1]: must be a URL pattern scheme://host[:port][/path], http or https, not "payments"',
      'upstreams.payments.retry.limit: must be an integer from 0 to 100, not 101',
      'upstreams.payments.retry.perTryTimeout: 2s must not exceed timeout 1s',
      'upstreams["a b"].timeout: must be longer than 0; for no limit write false',
      'upstreams["a b"]: the name must be 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit, not "a b"',
    ]);
  });

  it('reports mistakes of the defaults once, and nothing that follows from them', () => {
    const upstreams = { a: { retry: { perTryTimeout: '40s' } }, b: { retry: { perTryTimeout: '40s' } } };
    expect(linesOf(() => parsed({ defaults: { timeout: 'long' }, upstreams }))).toEqual([
      'defaults.timeout: must be a duration such as 250ms, 2s or 1h30m (h, m, s, ms; whole numbers of at most 5 digits), not "long"',
    ]);
    expect(linesOf(() => parsed({ defaults: 3, upstreams }))).toEqual(['defaults: must be an object, not 3']);
  });

  it('lets an upstream settle what the defaults alone would leave open', () => {
    const defaults = { retry: { perTryTimeout: '40s' }, concurrency: { queue: 8 } };
    const { upstreams } = parsed({ defaults, upstreams: { a: { timeout: '1m', concurrency: { limit: 2 } } } });
    expect(upstreams[0]?.policy).toMatchObject({ timeout: 60_000, concurrency: { limit: 2, queue: 8 } });
  });

  it.each<[unknown, string, string]>([
    [null, '', 'must be an object, not null'],
    [[], '', 'must be an object, not an array'],
    [{ upstreams: [] }, 'upstreams', 'must be an object of upstreams by name, not an array'],
    [{ upstreams: new Map() }, 'upstreams', 'must be an object of upstreams by name, not a Map'],
    [
      { caller: 'a'.repeat(64) },
      'caller',
      `must be up to 63 letters, digits, dots, dashes or underscores, not "${'a'.repeat(40)}…"`,
    ],
    [
      { upstreams: { a: { match: 'http://a' } } },
      'upstreams.a.match',
      'must be a list of URL patterns, not "http://a"',
    ],
  ])('refuses %#', (input, path, message) => {
    expect(problemsOf(() => parsed(input))).toEqual([{ path, message }]);
  });

  it('takes no upstream for a prototype', () => {
    const input = JSON.parse('{"upstreams":{"__proto__":{"timeout":1},"constructor":{"timeout":2}}}');
    expect(problemsOf(() => parsed(input))).toMatchObject([{ path: 'upstreams.__proto__' }]);
    const { upstreams } = parsed(JSON.parse('{"upstreams":{"constructor":{"timeout":2}}}'));
    expect(upstreams[0]?.policy).toMatchObject({ upstream: 'constructor', timeout: 2 });
  });

  it('names its source', () => {
    expect(refusal(() => parsed({ mode: 'x' })).message).toBe(
      'meshwise.yaml: mode: must be process, observe, auto, mesh or off, not "x"',
    );
  });
});
