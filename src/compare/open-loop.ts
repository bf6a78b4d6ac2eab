import { type Latency, LatencyRecorder } from './latency.ts';

/** What a caller got. `kind` is an HTTP status or the code of an error. */
export interface CallOutcome {
  readonly kind: string;
  readonly good: boolean;
}

export interface OpenLoop {
  /** Makes one call and never rejects. */
  readonly call: (index: number) => Promise<CallOutcome>;
  /** Milliseconds from the beginning, ascending. */
  readonly intendedStarts: Float64Array;
  /** On the scale of `performance.now()`. */
  readonly beginAt: number;
  /** How long calls may go on after the last intended start, in milliseconds. */
  readonly grace: number;
}

/** Calls by the slot of 100 ms in which they were meant to start; what is in neither `good` nor `failed` never ended. */
export interface CallTimeline {
  readonly offered: number[];
  readonly good: number[];
  readonly failed: number[];
}

export interface LoadResult {
  readonly calls: number;
  readonly good: number;
  /** How many calls ended how; `ended by the harness` are those that were still open at the end of the cell. */
  readonly outcomes: Record<string, number>;
  /** From the intended start: what a caller who came at that moment waits, the generator's own delays included. */
  readonly fromIntendedStart: Latency;
  /** From the moment that the call was really made. */
  readonly fromActualStart: Latency;
  /** How long failing calls took, from the actual start; calls ended by the harness are in it with what they had waited. */
  readonly timeToFail: Latency;
  /** How much later than intended calls were made: the generator's own precision. */
  readonly slip: Latency;
  readonly timeline: CallTimeline;
  /** Milliseconds from the beginning until the last call had ended. */
  readonly elapsed: number;
}

export const ENDED_BY_HARNESS = 'ended by the harness';
export const TIMELINE_SLOT = 100;

/** Between two looks at what is due. Node's timers have no finer grain. */
const TICK = 1;

/**
 * Makes calls at their intended starts, whether or not earlier ones have been answered (an open loop: a slow upstream
 * does not slow the load, so that it cannot hide behind calls that were never made).
 */
export async function runOpenLoop({ call, intendedStarts, beginAt, grace }: OpenLoop): Promise<LoadResult> {
  const calls = intendedStarts.length;
  const slots = Math.floor((intendedStarts.at(-1) ?? 0) / TIMELINE_SLOT) + 1;
  const timeline = { offered: zeros(slots), good: zeros(slots), failed: zeros(slots) };
  const recorders = {
    fromIntendedStart: new LatencyRecorder(),
    fromActualStart: new LatencyRecorder(),
    timeToFail: new LatencyRecorder(),
    slip: new LatencyRecorder(),
  };
  const outcomes: Record<string, number> = {};
  const open = new Map<number, number>();
  const endAt = beginAt + (intendedStarts.at(-1) ?? 0) + grace;
  let good = 0;
  let over = false;
  let allEnded = (): void => {};

  function make(index: number, intended: number): void {
    const started = performance.now();
    const slot = Math.floor((intended - beginAt) / TIMELINE_SLOT);
    bump(timeline.offered, slot);
    recorders.slip.record(started - intended);
    open.set(index, started);
    void call(index).then((outcome) => {
      if (over) return;
      const ended = performance.now();
      open.delete(index);
      outcomes[outcome.kind] = (outcomes[outcome.kind] ?? 0) + 1;
      recorders.fromIntendedStart.record(ended - intended);
      recorders.fromActualStart.record(ended - started);
      if (outcome.good) good += 1;
      else recorders.timeToFail.record(ended - started);
      bump(outcome.good ? timeline.good : timeline.failed, slot);
      if (open.size === 0) allEnded();
    });
  }

  let next = 0;
  while (next < calls) {
    const now = performance.now();
    for (; next < calls; next += 1) {
      const intended = beginAt + (intendedStarts[next] as number);
      if (intended > now) break;
      make(next, intended);
    }
    if (next < calls) await new Promise((resolve) => setTimeout(resolve, TICK));
  }
  if (open.size > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, endAt - performance.now()));
      allEnded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  over = true;
  const endedAt = performance.now();
  for (const [index, started] of open) {
    recorders.fromIntendedStart.record(endedAt - beginAt - (intendedStarts[index] as number));
    recorders.fromActualStart.record(endedAt - started);
    recorders.timeToFail.record(endedAt - started);
  }
  if (open.size > 0) outcomes[ENDED_BY_HARNESS] = open.size;
  return {
    calls,
    good,
    outcomes,
    fromIntendedStart: recorders.fromIntendedStart.summary(),
    fromActualStart: recorders.fromActualStart.summary(),
    timeToFail: recorders.timeToFail.summary(),
    slip: recorders.slip.summary(),
    timeline,
    elapsed: endedAt - beginAt,
  };
}

function zeros(length: number): number[] {
  return Array<number>(length).fill(0);
}

function bump(slots: number[], slot: number): void {
  slots[slot] = (slots[slot] ?? 0) + 1;
}
