import type { Policy } from '../../policy/policy.ts';
import { type Json, type JsonObject, seconds, timeout } from './json.ts';
import { methodIn } from './match.ts';
import { envoyRetries, envoyRetriesOfUnsafe, type RetryNumbers, retryAfterBackOff } from './retry-policy.ts';

/** One rule that executes the policy for callers who know nothing of meshwise. */
export interface PolicyRoute {
  readonly name: string;
  /** `config.route.v3.HeaderMatcher`, all of which must match. */
  readonly headers: readonly Json[];
  /** What is special in the `route`: timeouts and retries. */
  readonly route: JsonObject;
}

interface Shape {
  readonly suffix: string;
  readonly headers: readonly Json[];
  /** The longest that one attempt may take up to its headers; its per-try timeout, where that is shorter. */
  readonly perTryTimeout: (perTryTimeout: number | false) => number | false;
  readonly route: JsonObject;
}

/**
 * The policy as rules without a mark: streams before ordinary requests, and in each who may be retried before who may
 * not. Here the timeouts are the policy's own, not a net: a bare client has no deadline.
 */
export function policyRoutes(policy: Policy): PolicyRoute[] {
  return shapes(policy).flatMap((shape) =>
    eligibilities(policy, shape).map(({ suffix, headers, retryPolicy }) => ({
      name: `policy${suffix}${shape.suffix}`,
      headers: [...headers, ...shape.headers],
      route: { ...shape.route, ...(retryPolicy && { retry_policy: retryPolicy }) },
    })),
  );
}

function shapes(policy: Policy): Shape[] {
  const { streaming } = policy;
  // Envoy chooses the route before it sees the reply's content type, so a stream is one that was asked for.
  if (streaming === 'auto') return [stream(policy, [EVENT_STREAM]), ordinary(policy)];
  return [streaming ? stream(policy, []) : ordinary(policy)];
}

const EVENT_STREAM: JsonObject = { name: 'accept', string_match: { contains: 'text/event-stream', ignore_case: true } };

function ordinary({ timeout: total, idleTimeout }: Policy): Shape {
  return {
    suffix: '',
    headers: [],
    perTryTimeout: (perTryTimeout) => perTryTimeout,
    // Envoy's idle timeout runs before the headers as well (1.40, run), where ours does not: only where nothing else bounds it.
    route: {
      timeout: timeout(total),
      ...(total === false && idleTimeout !== false && { idle_timeout: seconds(idleTimeout) }),
    },
  };
}

/** A total would kill every stream: up to the headers each attempt is bounded, afterwards the silence. */
function stream({ timeout: total, streamIdleTimeout }: Policy, headers: readonly Json[]): Shape {
  return {
    suffix: headers.length === 0 ? '' : '-stream',
    headers,
    perTryTimeout: (perTryTimeout) => (perTryTimeout === false ? total : perTryTimeout),
    route: {
      timeout: timeout(false),
      idle_timeout: timeout(streamIdleTimeout === false ? false : Math.max(streamIdleTimeout, total || 0)),
    },
  };
}

interface Eligibility {
  readonly suffix: string;
  readonly headers: readonly Json[];
  readonly retryPolicy: JsonObject | undefined;
}

function eligibilities({ retry }: Policy, { perTryTimeout }: Shape): Eligibility[] {
  if (retry === false || retry.limit === 0) {
    const bound = perTryTimeout(retry === false ? false : retry.perTryTimeout);
    const retryPolicy = bound === false ? undefined : { num_retries: 0, per_try_timeout: seconds(bound) };
    return [{ suffix: '', headers: [], retryPolicy }];
  }
  const numbers: RetryNumbers = { ...retry, perTryTimeout: perTryTimeout(retry.perTryTimeout) };
  const retried = {
    ...envoyRetries(numbers).retryPolicy,
    ...retryAfterBackOff(retry.retryAfter !== false && retry.retryAfter.max),
  };
  const unsafe = envoyRetriesOfUnsafe(numbers).retryPolicy;
  return [
    ...(retry.methods.length === 0 ? [] : [{ suffix: '', headers: [methodIn(retry.methods)], retryPolicy: retried }]),
    { suffix: '-keyed', headers: [{ name: 'idempotency-key', present_match: true }], retryPolicy: retried },
    { suffix: '-unsafe', headers: [], retryPolicy: unsafe },
  ];
}
