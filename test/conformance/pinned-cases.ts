import type { Answer, Case, CasePolicy } from './case.ts';

/** A case that is written down, and what the process makes of it: attempts and final status. */
export interface PinnedCase {
  readonly name: string;
  readonly case: Case;
  readonly attempts: number;
  readonly status: number;
}

const POLICY: CasePolicy = {
  timeout: 8_000,
  limit: 2,
  perTryTimeout: false,
  on: ['connect-failure', 'refused-stream', 'reset', 'gateway-error'],
  methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'],
  retryAfter: 2_000,
};

/** An answer takes some milliseconds, and more on a machine that does other things. */
const PER_TRY = 600;

type Does = Exclude<Answer, { does: 'answer' }>['does'] | number | readonly [number, string, string];

interface Given {
  readonly policy?: Partial<CasePolicy>;
  readonly request?: Partial<Case['request']>;
}

/** @param gives attempts and final status in the process */
function pin(
  name: string,
  does: readonly Does[] | 'refused',
  gives: readonly [number, number],
  given: Given = {},
): PinnedCase {
  const [attempts, status] = gives;
  const upstream = does === 'refused' ? does : does.map(answer);
  const policy = { ...POLICY, ...given.policy };
  const request = { method: 'GET', key: false, body: 'none' as const, ...given.request };
  return { name, case: { policy, request, upstream }, attempts, status };
}

function answer(does: Does): Answer {
  if (typeof does === 'string') return { does };
  if (typeof does === 'number') return { does: 'answer', status: does };
  const [status, name, value] = does;
  return { does: 'answer', status, headers: { [name]: value } };
}

const only = (...on: CasePolicy['on']): Given => ({ policy: { on } });
const perTry = (more: Partial<CasePolicy> = {}): Given => ({ policy: { perTryTimeout: PER_TRY, ...more } });
const by = (method: string, more: Partial<Case['request']> = {}): Given => ({ request: { method, ...more } });

const CONDITIONS: readonly PinnedCase[] = [
  pin('connect-failure: refused', 'refused', [3, 503], only('connect-failure')),
  pin('connect-failure: reset', ['reset'], [1, 503], only('connect-failure')),
  pin('connect-failure: 503', [503], [1, 503], only('connect-failure')),
  pin('refused-stream: refused', 'refused', [1, 503], only('refused-stream')),
  pin('refused-stream: reset', ['reset'], [1, 503], only('refused-stream')),
  pin('reset: reset', ['reset'], [3, 503], only('reset')),
  pin('reset: refused', 'refused', [3, 503], only('reset')),
  pin('reset: no HTTP', ['garbage'], [3, 503], only('reset')),
  pin('reset: 503', [503], [1, 503], only('reset')),
  pin('reset: per-try timeout', ['hang'], [3, 504], perTry({ on: ['reset'] })),
  pin('gateway-error: 502', [502], [3, 502], only('gateway-error')),
  pin('gateway-error: 504', [504], [3, 504], only('gateway-error')),
  pin('gateway-error: 500', [500], [1, 500], only('gateway-error')),
  pin('gateway-error: reset', ['reset'], [3, 503], only('gateway-error')),
  pin('gateway-error: refused', 'refused', [3, 503], only('gateway-error')),
  pin('gateway-error: no HTTP', ['garbage'], [3, 503], only('gateway-error')),
  pin('gateway-error: per-try timeout', ['hang'], [3, 504], perTry({ on: ['gateway-error'] })),
  pin('5xx: 500', [500], [3, 500], only('5xx')),
  pin('5xx: 599', [599], [3, 599], only('5xx')),
  pin('5xx: 499', [499], [1, 499], only('5xx')),
  pin('5xx: reset', ['reset'], [3, 503], only('5xx')),
  pin('5xx: per-try timeout', ['hang'], [3, 504], perTry({ on: ['5xx'] })),
  pin('retriable-4xx: 409', [409], [3, 409], only('retriable-4xx')),
  pin('retriable-4xx: 429', [429], [1, 429], only('retriable-4xx')),
  pin('per-try-timeout: per-try timeout', ['hang'], [3, 504], perTry({ on: ['per-try-timeout'] })),
  pin('per-try-timeout: reset', ['reset'], [1, 503], only('per-try-timeout')),
];

const CODES: readonly PinnedCase[] = [
  pin('503 by number: 503', [503], [3, 503], only(503)),
  pin('503 by number: reset', ['reset'], [1, 503], only(503)),
  pin('503 by number: refused', 'refused', [1, 503], only(503)),
  pin('504 by number: per-try timeout', ['hang'], [1, 504], perTry({ on: [504] })),
  pin('404 by number: 404', [404], [3, 404], only(404)),
  pin('429 by number: 429', [429], [3, 429], only(429)),
  pin('the default: 200', [200], [1, 200]),
  pin('the default: 304', [304], [1, 304]),
  pin('the default: 404', [404], [1, 404]),
  pin('the default: 429', [429], [1, 429]),
  pin('the default: 501', [501], [1, 501]),
  pin('the default: 503, 200', [503, 200], [2, 200]),
  pin('the default: 503, reset, 200', [503, 'reset', 200], [3, 200]),
  pin('the default: 503, 500', [503, 500], [2, 500]),
  pin('the default: 503, 502, 504', [503, 502, 504], [3, 504]),
  pin('no retries: 503', [503], [1, 503], { policy: { limit: 0 } }),
  pin('one retry: 503', [503], [2, 503], { policy: { limit: 1 } }),
  pin('five retries: 503', [503], [6, 503], { policy: { limit: 5 } }),
];

const REQUESTS: readonly PinnedCase[] = [
  pin('HEAD: 503', [503], [3, 503], by('HEAD')),
  pin('OPTIONS: reset', ['reset'], [3, 503], by('OPTIONS')),
  pin('DELETE: 503', [503], [3, 503], by('DELETE')),
  pin('PUT with a body: 503, 200', [503, 200], [2, 200], by('PUT', { body: 'text' })),
  pin('PUT with a body: reset', ['reset'], [3, 503], by('PUT', { body: 'text' })),
  pin('PUT of a stream: 503, 200', [503, 200], [2, 200], by('PUT', { body: 'stream' })),
  pin('PUT of a stream above bufferBody: 503', [503], [1, 503], by('PUT', { body: 'long stream' })),
  pin('PUT of a stream: refused', 'refused', [3, 503], by('PUT', { body: 'stream' })),
  pin('PUT of more than 1 MiB: 503', [503], [3, 503], by('PUT', { body: 'large' })),
  pin('POST: 503', [503], [1, 503], by('POST', { body: 'text' })),
  pin('POST: reset', ['reset'], [1, 503], by('POST', { body: 'text' })),
  pin('POST: refused', 'refused', [3, 503], by('POST', { body: 'text' })),
  pin('POST with a key: 503', [503], [3, 503], by('POST', { body: 'text', key: true })),
  pin('POST with a key: reset', ['reset'], [3, 503], by('POST', { body: 'text', key: true })),
  pin('POST with a key: refused', 'refused', [3, 503], by('POST', { body: 'text', key: true })),
  pin('POST with a key, connect-failure: refused', 'refused', [3, 503], {
    ...only('connect-failure'),
    ...by('POST', { body: 'text', key: true }),
  }),
  pin('POST where it is listed: 503', [503], [3, 503], {
    policy: { methods: ['GET', 'POST'] },
    request: { method: 'POST', body: 'text' },
  }),
  pin('GET where it is not listed: 503', [503], [1, 503], { policy: { methods: ['PUT'] } }),
  pin('GET where it is not listed: refused', 'refused', [3, 503], { policy: { methods: ['PUT'] } }),
  pin('PATCH: 503', [503], [1, 503], by('PATCH', { body: 'text' })),
  pin('PATCH, connect-failure: refused', 'refused', [3, 503], { ...only('connect-failure'), ...by('PATCH') }),
  pin('PATCH, 503 by number: refused', 'refused', [1, 503], { ...only(503), ...by('PATCH') }),
  pin('QUERY: 503', [503], [3, 503], by('QUERY', { body: 'text' })),
  pin('a cut body', ['cut'], [1, 200]),
  pin('503, then a cut body', [503, 'cut'], [2, 200]),
];

const TIMES: readonly PinnedCase[] = [
  pin('timeout: a hang', ['hang'], [1, 504], { policy: { timeout: 900 } }),
  pin('timeout: a body that never ends', ['drip'], [1, 200], { policy: { timeout: 900 } }),
  pin('timeout: 503, then a hang', [503, 'hang'], [2, 504], { policy: { timeout: 900 } }),
  pin('timeout within the attempts', ['hang'], [2, 504], perTry({ timeout: 950, limit: 3 })),
  pin('per-try timeout: a hang, then 200', ['hang', 200], [2, 200], perTry()),
  pin('per-try timeout: a body takes longer', ['drip'], [1, 200], perTry({ timeout: 950 })),
  pin('per-try timeout of POST', ['hang'], [1, 504], {
    policy: { perTryTimeout: PER_TRY },
    request: { method: 'POST' },
  }),
  pin('Retry-After: 1', [[503, 'retry-after', '1'], 200], [2, 200]),
  pin('Retry-After: 0', [[503, 'retry-after', '0'], 200], [2, 200]),
  pin('Retry-After: soon', [[503, 'retry-after', 'soon'], 200], [2, 200]),
  pin('Retry-After beyond the maximum', [[503, 'retry-after', '60']], [1, 503]),
  pin('Retry-After: a date', [[503, 'retry-after', 'Fri, 31 Dec 2100 23:59:59 GMT']], [1, 503]),
  pin('Retry-After beyond the timeout', [[503, 'retry-after', '1']], [1, 503], { policy: { timeout: 900 } }),
  pin('Retry-After where it is off', [[503, 'retry-after', '60']], [3, 503], { policy: { retryAfter: false } }),
  pin('Retry-After on 500', [[500, 'retry-after', '1'], 200], [2, 200], only('5xx')),
  pin('429 with Retry-After', [[429, 'retry-after', '0']], [3, 429]),
  pin('429 with Retry-After, where it is listed', [[429, 'retry-after', '0']], [3, 429], only(429)),
  pin('503, then 429 with Retry-After', [503, [429, 'retry-after', '0']], [3, 429]),
  pin('x-should-retry: false', [[503, 'x-should-retry', 'false']], [1, 503]),
  pin('x-envoy-ratelimited', [[503, 'x-envoy-ratelimited', 'true']], [3, 503]),
];

export const PINNED: readonly PinnedCase[] = [...CONDITIONS, ...CODES, ...REQUESTS, ...TIMES];
