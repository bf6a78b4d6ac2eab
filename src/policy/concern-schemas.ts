import * as v from 'valibot';
import { CONCERNS, OWNERS } from './conditions.ts';
import {
  conditions,
  duration,
  durationAboveZero,
  durationOrFalse,
  functionLike,
  headerName,
  hostPattern,
  integer,
  list,
  method,
  mustBe,
  numberFrom,
  oneOf,
  orFalse,
  queryKey,
  section,
  share,
} from './fields.ts';
import type { RetryPredicate, RetryPreparation } from './policy.ts';
import type {
  BackoffInput,
  CircuitBreakerInput,
  ConcurrencyInput,
  OwnerInput,
  PropagateInput,
  RetryBudgetInput,
  RetryInput,
  TracingInput,
} from './policy-input.ts';

/** The objects in a policy. What each field means: PolicyInput. */

/** A schema for every key of what users write, so that none is forgotten. */
export type Entries<T> = { readonly [K in keyof T]-?: v.GenericSchema<T[K]> };

const backoffEntries = { base: v.optional(duration()), max: v.optional(duration()) } satisfies Entries<BackoffInput>;

const budgetEntries = {
  ratio: v.optional(numberFrom(0, 10)),
  minPerSecond: v.optional(numberFrom(0, 1_000_000)),
} satisfies Entries<RetryBudgetInput>;

/** All but the budget, which calls share. */
const retryEntries = {
  limit: v.optional(integer(0, 100)),
  perTryTimeout: v.optional(durationOrFalse()),
  on: v.optional(conditions('retry: false')),
  when: v.optional(functionLike<RetryPredicate>('(outcome, call) => boolean or undefined')),
  prepare: v.optional(functionLike<RetryPreparation>('(call, outcome) => { url, headers } or undefined')),
  methods: v.optional(list(method(), 'a list of HTTP methods')),
  idempotencyKey: v.optional(v.union([v.literal('auto'), v.literal(false)], mustBe('auto or false'))),
  backoff: v.optional(section(backoffEntries, 'an object { base, max }')),
  retryAfter: v.optional(orFalse(section({ max: v.optional(duration()) }, 'false or an object { max }'))),
  bufferBody: v.optional(integer(0)),
} satisfies Entries<Omit<RetryInput, 'budget'>>;

function retryWith<const S extends v.GenericSchema>(budget: S) {
  return orFalse(section({ ...retryEntries, budget }, 'false or an object such as { limit: 2 }'));
}

export const retry = retryWith(
  v.optional(orFalse(section(budgetEntries, 'false or an object { ratio, minPerSecond }'))),
);

export const retryOfOneCall = retryWith(shared('all calls to the upstream share one budget'));

const circuitBreakerEntries = {
  failureRate: v.optional(share()),
  minimumCalls: v.optional(integer(1)),
  window: v.optional(durationAboveZero()),
  consecutiveFailures: v.optional(orFalse(integer(1))),
  on: v.optional(conditions('circuitBreaker: false')),
  openFor: v.optional(durationAboveZero()),
  maxOpenFor: v.optional(durationAboveZero()),
  probes: v.optional(integer(1)),
  key: v.optional(oneOf(['origin', 'upstream'])),
} satisfies Entries<CircuitBreakerInput>;

export const circuitBreaker = orFalse(
  section(circuitBreakerEntries, 'false or an object such as { failureRate: 0.5 }'),
);

const concurrencyEntries = {
  limit: v.optional(integer(1)),
  queue: v.optional(integer(0)),
  until: v.optional(oneOf(['body', 'headers'])),
} satisfies Entries<ConcurrencyInput>;

export const concurrency = orFalse(section(concurrencyEntries, 'false or an object such as { limit: 64 }'));

const owned = v.optional(oneOf(OWNERS));
const ownerEntries = {
  timeout: owned,
  retry: owned,
  circuitBreaker: owned,
  concurrency: owned,
  tracing: owned,
} satisfies Entries<OwnerInput>;

export const owner = section(ownerEntries, `an object with any of ${CONCERNS.join(', ')}`);

const PROPAGATE_TO = ['auto', 'always', 'never'] as const;
const propagateEntries = {
  to: v.optional(oneOf(PROPAGATE_TO)),
  hosts: v.optional(list(hostPattern(), 'a list of host names')),
  timeoutHeader: v.optional(orFalse(headerName(', or false'))),
} satisfies Entries<PropagateInput>;
const propagateSection = section(propagateEntries);
const propagateShorthand = v.pipe(
  oneOf(PROPAGATE_TO, 'an object { to, hosts, timeoutHeader }'),
  v.transform((to) => ({ to })),
);

export const propagate = v.lazy((value) =>
  typeof value === 'object' && value !== null ? propagateSection : propagateShorthand,
);

const tracingOff = v.pipe(
  v.literal(false),
  v.transform(() => 'off' as const),
);
const TRACING_MODES = ['auto', 'own', 'delegate', 'off'] as const;

function tracingMode(...also: readonly string[]) {
  const word = oneOf(TRACING_MODES, 'false', ...also);
  return v.lazy((value) => (value === false ? tracingOff : word));
}

const tracingEntries = {
  mode: v.optional(tracingMode()),
  redact: v.optional(list(queryKey(), 'a list of query keys')),
  requestId: v.optional(oneOf(['keep', 'align'])),
} satisfies Entries<TracingInput>;
const tracingSection = section(tracingEntries);
const tracingShorthand = v.pipe(
  tracingMode('an object { mode, redact, requestId }'),
  v.transform((mode) => ({ mode })),
);

export const tracing = v.lazy((value) =>
  typeof value === 'object' && value !== null ? tracingSection : tracingShorthand,
);

/** What one call cannot have otherwise. */
export function shared(what: string) {
  return v.optional(v.never(`cannot be overridden: ${what}`));
}
