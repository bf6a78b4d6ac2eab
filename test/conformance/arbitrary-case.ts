import fc from 'fast-check';
import { CONDITION_NAMES } from '../../src/policy/conditions.ts';
import type { Answer, Case, CasePolicy, RequestBody } from './case.ts';

const SAFE = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'];

/** Only whole numbers that no busy machine confuses: each limit of time is far from every sum of waits. */
const SHORT = 950;
const LONG = 8_000;
const PER_TRY = 600;

const status = fc.constantFrom(200, 204, 304, 400, 404, 409, 418, 429, 500, 501, 502, 503, 504, 599);

const condition = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CONDITION_NAMES) },
  { weight: 2, arbitrary: fc.constantFrom(404, 409, 429, 500, 502, 503, 504) },
);

const policy: fc.Arbitrary<CasePolicy> = fc.record({
  timeout: fc.constantFrom(SHORT, SHORT, SHORT, LONG),
  limit: fc.integer({ min: 0, max: 3 }),
  perTryTimeout: fc.constantFrom(false as const, PER_TRY),
  on: fc.uniqueArray(condition, { minLength: 1, maxLength: 4 }),
  methods: fc.constantFrom(SAFE, SAFE, ['GET', 'POST'], ['PUT']),
  retryAfter: fc.constantFrom(2_000, 2_000, false as const),
});

const header = fc.constantFrom<Readonly<Record<string, string>>>(
  { 'retry-after': '1' },
  { 'retry-after': '0' },
  { 'retry-after': '60' },
  { 'retry-after': 'soon' },
  { 'retry-after': 'Fri, 31 Dec 2100 23:59:59 GMT' },
  { 'x-should-retry': 'false' },
  { 'x-envoy-ratelimited': 'true' },
);

const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 10, arbitrary: status.map((code) => ({ does: 'answer' as const, status: code })) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(429, 503, 500), header)
      .map(([code, headers]) => ({ does: 'answer' as const, status: code, headers })),
  },
  { weight: 6, arbitrary: fc.constantFrom('reset', 'reset', 'garbage', 'hang', 'hang').map((does) => ({ does })) },
  { weight: 1, arbitrary: fc.constantFrom('cut' as const, 'drip' as const).map((does) => ({ does })) },
);

const request = fc
  .record({
    method: fc.oneof(
      { weight: 9, arbitrary: fc.constant('GET') },
      { weight: 12, arbitrary: fc.constantFrom('HEAD', 'PUT', 'PUT', 'POST', 'POST', 'DELETE', 'PATCH', 'OPTIONS') },
      { weight: 1, arbitrary: fc.constant('QUERY') },
    ),
    key: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    body: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom<RequestBody>('none', 'text') },
      { weight: 1, arbitrary: fc.constantFrom<RequestBody>('stream', 'long stream', 'large') },
    ),
  })
  // fetch allows no body there.
  .map((made) => (made.method === 'GET' || made.method === 'HEAD' ? { ...made, body: 'none' as const } : made));

const upstream: fc.Arbitrary<Case['upstream']> = fc.oneof(
  { weight: 14, arbitrary: fc.array(answer, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant('refused' as const) },
);

/** A silence or a body that only the timeout ends costs the whole timeout. */
function affordable(one: Case): Case {
  const { timeout, perTryTimeout } = one.policy;
  const does = one.upstream === 'refused' ? [] : one.upstream.map((answer) => answer.does);
  const lasts = does.includes('drip') || (does.includes('hang') && perTryTimeout === false);
  return lasts && timeout === LONG ? { ...one, policy: { ...one.policy, timeout: SHORT } } : one;
}

/**
 * Envoy answers 507 when a body exceeds its buffer while a retry is due, and 503 when the retries are used up before
 * that: on a refused connection it is a matter of luck which comes first.
 */
function decided(one: Case): Case {
  const luck = one.upstream === 'refused' && (one.request.body === 'large' || one.request.body === 'long stream');
  return luck ? { ...one, request: { ...one.request, body: 'text' } } : one;
}

export const arbitraryCase: fc.Arbitrary<Case> = fc.record({ policy, request, upstream }).map(affordable).map(decided);
