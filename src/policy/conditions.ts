/**
 * Why an attempt failed, in Envoy's vocabulary (Envoy `x-envoy-retry-on`). The names overlap as they do in Envoy:
 * `gateway-error` and `5xx` include `reset`; `reset` includes `connect-failure`, `refused-stream` and
 * `per-try-timeout` (seen with Envoy 1.40; `closureOf` in src/call/conditions.ts is the table).
 */
export const CONDITION_NAMES = [
  'connect-failure',
  'refused-stream',
  'reset',
  'per-try-timeout',
  'gateway-error',
  '5xx',
  'retriable-4xx',
] as const;

export type ConditionName = (typeof CONDITION_NAMES)[number];

/** A condition's name, or an HTTP status code (100 to 599). */
export type Condition = ConditionName | number;

/** What can be owned by the process or by the sidecar. `retry` includes the per-try timeout. */
export const CONCERNS = ['timeout', 'retry', 'circuitBreaker', 'concurrency', 'tracing'] as const;
export type Concern = (typeof CONCERNS)[number];

/** Who executes a concern. `off` is a plan's word for a concern that nobody executes. */
export const OWNERS = ['process', 'sidecar'] as const;
export type Owner = (typeof OWNERS)[number];
