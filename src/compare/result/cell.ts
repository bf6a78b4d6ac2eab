import type { ArmName } from '../arms/arm.ts';

/** One run of one arm in one scenario: what was measured, nothing judged. Times are milliseconds, memory is bytes. */
export interface Cell {
  /** The scenario's full name, with its variant. */
  readonly scenario: string;
  readonly arm: ArmName;
  /** Counts from 1. */
  readonly round: number;
  readonly calls: number;
  /** Calls whose caller got a status below 500 and the whole body. */
  readonly good: number;
  /** How many calls ended how: a status, or the code of an error; see `ENDED_BY_HARNESS`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** As the upstream counted them. */
  readonly attempts: AttemptCounts;
  readonly latency: {
    /** From the intended start: what a caller who came at that moment waits, the client's busy event loop included. */
    readonly fromIntendedStart: Latency;
    /** From the moment that the call was really made. */
    readonly fromActualStart: Latency;
    /** How long failing calls took; calls ended by the harness are in it with what they had waited. */
    readonly timeToFail: Latency;
  };
  /** How much later than intended calls were made: the metronome's lateness, and what the client was busy with. */
  readonly slip: Latency;
  /**
   * How late the thread was that says when a call is due: the generator's own error. What calls were later than that is
   * the client's, whose event loop other calls and its memory keep busy, as they do in a service that is called.
   * Absent where timers say it, and in older reports.
   */
  readonly metronome?: Latency;
  readonly timeline: Timeline;
  /** Connections that the upstream accepted. */
  readonly connections: number;
  /** By which the client's event loop was late, 99th percentile. */
  readonly eventLoopDelay: number;
  readonly usage: readonly ProcessUsage[];
  /** Busy share of all the machine's cores while the cell ran, 0 to 1; `null` where the system does not tell. */
  readonly machineBusy: number | null;
  /** What the client's sidecar counted itself; `null` without one. */
  readonly sidecar: { readonly requests: number; readonly attempts: number } | null;
  /** Of meshwise's breaker, or the sidecar's ejections, as they were told; in order. */
  readonly circuit: readonly { readonly at: number; readonly state: 'open' | 'half-open' | 'closed' }[];
  /** Calls to the neighbour; `null` without one. */
  readonly neighbour: { readonly calls: number; readonly good: number; readonly latency: Latency } | null;
  /** What an in-memory exporter got; `null` where no SDK was registered. */
  readonly traces: TraceCounts | null;
  readonly elapsed: number;
  /** Why the cell was run once more, when it was; these are the figures of the last time. */
  readonly repeated?: string;
}

export interface AttemptCounts {
  readonly total: number;
  readonly perCall: number;
  /** `[0]`: calls that never arrived; `[3]`: calls with three attempts. */
  readonly callsByAttempts: readonly number[];
  /** What the seed's faults demand of exactly these calls; `null` where that is not known. */
  readonly demanded: number | null;
  /** By host of the upstream. */
  readonly byHost: readonly number[];
  /** Arrived before the time that an earlier answer to the same call had told by Retry-After. */
  readonly early: number;
  /** Arrived after the call's deadline had passed, counted from its actual start. */
  readonly afterDeadline: number;
}

/** What a histogram says. All zero when nothing was recorded. */
export interface Latency {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Value at rising percentiles, for curves; from 0 to 100. */
  readonly curve: readonly (readonly [percentile: number, ms: number])[];
}

/** Slots of so many milliseconds: calls by their intended start, attempts by their arrival at the upstream. */
export interface Timeline {
  readonly slot: number;
  readonly offered: readonly number[];
  readonly good: readonly number[];
  readonly failed: readonly number[];
  readonly attempts: readonly number[];
}

export interface ProcessUsage {
  readonly process: ProcessName;
  /** Milliseconds of CPU, user and system. */
  readonly cpu: number;
  /** The most memory that was resident at once. */
  readonly peakMemory: number;
}

/** `client` holds the load generator too, the same in every arm. `balancer` stands for the network's (kube-proxy). */
export type ProcessName = 'client' | 'sidecar' | 'server-sidecar' | 'upstream' | 'tier' | 'balancer';

export interface TraceCounts {
  readonly traces: number;
  readonly singleRooted: number;
  readonly orphans: number;
  /** Spans of attempts. */
  readonly clientSpans: number;
}

/** How calls are named in `outcomes` that were still open when the cell ended. */
export const ENDED_BY_HARNESS = 'ended by the harness';
