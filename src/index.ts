export { CircuitOpenError } from './call/circuit-open-error.ts';
export type { Clock, Random, Timer } from './call/clock.ts';
export { ClosedError } from './call/closed-error.ts';
export { ConcurrencyLimitError } from './call/concurrency-limit-error.ts';
export { ConnectionError } from './call/connection-error.ts';
export type { AttemptResult, NetworkFailure } from './call/failure.ts';
export type { BodyFactory, FetchFunction, FetchInput, MeshwiseRequestInit } from './call/fetch-types.ts';
export type { AttemptFunction, Classifier, FunctionAttempt } from './call/function-exchange.ts';
export { outcomeOf, type ResponseOutcome } from './call/response-outcome.ts';
export type { VerdictKind } from './call/sidecar-word.ts';
export { TimeoutError, type TimeoutScope } from './call/timeout-error.ts';
export type { CircuitSwitch } from './clients/circuit-switch.ts';
export type { WrappedFetch } from './clients/fetch-client.ts';
export type { FunctionOptions, FunctionOverrides, WrappedFunction } from './clients/function-client.ts';
export { createMeshwise, type Meshwise, type MeshwiseOptions } from './clients/meshwise.ts';
export { setMode } from './clients/process-mode.ts';
export type * from './clients/status.ts';
export { wrapFetch } from './clients/wrap-fetch.ts';
export { type WrapOptions, wrapFunction } from './clients/wrap-function.ts';
export type { ConcernCoverage, Covered } from './meshes/envoy/admin/concern-coverage.ts';
export { explainPlan } from './ownership/explain.ts';
export type { Plan } from './ownership/plan.ts';
export type { Evidence, PlannedConcern } from './ownership/planned-concern.ts';
export type { Concern, Condition, ConditionName, Owner } from './policy/conditions.ts';
export type { MeshwiseConfigInput, UpstreamInput } from './policy/config.ts';
export { ConfigError, type Problem } from './policy/config-error.ts';
export type { Duration } from './policy/duration.ts';
export { MeshwiseError, type MeshwiseErrorCode } from './policy/meshwise-error.ts';
export type { Mode } from './policy/mode.ts';
export type {
  CallInfo,
  Fallback,
  NextAttempt,
  Outcome,
  RetryPredicate,
  RetryPreparation,
  RetryVerdict,
  TracingMode,
} from './policy/policy.ts';
export type * from './policy/policy-input.ts';
export type { CircuitState } from './process/circuit-breaker.ts';
export type * from './telemetry/events.ts';
