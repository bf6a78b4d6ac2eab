import type { Condition } from '../policy/conditions.ts';
import type { Unprocessed } from './unprocessed.ts';

/**
 * The languages that a rule can be written in. They differ in what a rule really retries, so the same policy has
 * another rule (and another hash) in each.
 */
export const DIALECTS = ['envoy', 'istio', 'gateway-api', 'consul'] as const;
export type Dialect = (typeof DIALECTS)[number];

/**
 * What the exported `sidecar` rule does for one policy: conditions and numbers, nothing else.
 * Its hash is the name under which the process asks for it and by which the reply proves it.
 */
export interface SidecarRule {
  readonly dialect: Dialect;
  readonly upstream: string;
  /** The calling service, so that two callers with different policies do not take each other's rule; may be empty. */
  readonly caller: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly perTryTimeout: number | false;
  readonly on: readonly Condition[];
  /** Methods that may be processed twice: these are retried on all of `on`. */
  readonly methods: readonly string[];
  /** On what any other method is retried; empty: it takes the `process` rule. */
  readonly unprocessed: readonly Unprocessed[];
  readonly backoff: { readonly base: number; readonly max: number };
  /** Milliseconds; the longest `Retry-After` that the rule waits for. `false`: it comes back on its back-off all the same. */
  readonly retryAfter: number | false;
  /** Milliseconds; later than the policy's deadline, which stays in the process: a net. `false`: the route has none. */
  readonly routeTimeout: number | false;
}

/** Does the rule take a request of this method that asks for it? Where it does not, the `process` rule takes it. */
export function takes({ methods, unprocessed }: SidecarRule, method: string): boolean {
  return methods.includes(method) || unprocessed.length > 0;
}

/** The conditions on which the rule sends a request of this method again. */
export function retriedOn({ methods, on, unprocessed }: SidecarRule, method: string): readonly Condition[] {
  return methods.includes(method) ? on : unprocessed;
}

/** Eight hex digits over everything that the rule says. */
export function hashOf(rule: SidecarRule): string {
  const {
    dialect,
    upstream,
    caller,
    limit,
    perTryTimeout,
    on,
    methods,
    unprocessed,
    backoff,
    retryAfter,
    routeTimeout,
  } = rule;
  const content = [
    dialect,
    upstream,
    caller,
    limit,
    perTryTimeout,
    on,
    methods,
    unprocessed,
    backoff.base,
    backoff.max,
    routeTimeout,
    ...(retryAfter === false ? [] : [retryAfter]),
  ];
  // When it is needed: to import it costs every user 5 ms.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
}
