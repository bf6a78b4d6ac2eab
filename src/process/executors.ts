import type { Clock, Random } from '../call/clock.ts';
import type { Deadlines } from '../call/deadlines.ts';
import type { Exchange } from '../call/exchange.ts';
import type { RetryOwner } from '../call/retry-owner.ts';
import type { SidecarPath } from '../call/sidecar-word.ts';
import type { Policy } from '../policy/policy.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import type { AttemptTracing } from '../telemetry/tracing-mode.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { InFlight } from './in-flight.ts';
import type { UpstreamState } from './upstream-state.ts';

/** What every call needs of its surroundings. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly events: EventHub;
  readonly inFlight: InFlight;
}

/** How the calls of one client to one origin deserve to be treated, and what they share. */
export interface CallTerms<T> {
  readonly policy: Policy;
  /** Milliseconds by which the policy's timeout here is only a net: that much earlier the sidecar ends the call. Default: 0. */
  readonly net?: number | undefined;
  /** `propagate`: trace headers go on, without spans of ours. */
  readonly tracing: AttemptTracing;
  readonly state: UpstreamState;
  readonly circuit: CircuitBreaker | undefined;
  /** `undefined`: nobody else may retry, and the upstream is told nothing about it. */
  readonly retryOwner: RetryOwner<T> | undefined;
  /** The sidecar in between, where its own word on replies can be told, or the calls have to be sent to it. It has a `retryOwner`. */
  readonly sidecar?: SidecarPath | undefined;
  /** The mesh that was named, or found. */
  readonly mesh?: string | undefined;
  /** May the upstream see `x-meshwise-timeout-ms` and `x-meshwise-attempt`? */
  readonly propagate: boolean;
}

/** One call: what it sends, on which terms, and where. */
export interface CallParts<T> {
  readonly exchange: Exchange<T>;
  readonly terms: CallTerms<T>;
  readonly around: Surroundings;
}
