import { setTimeout as sleep } from 'node:timers/promises';
import { ENDED_BY_HARNESS } from '../result/cell.ts';
import { emptyHistograms, histogramsOf, type LoadMeasures } from './load-measures.ts';
import type { Metronome } from './metronome.ts';
import { TIMELINE_SLOT } from './timeline.ts';

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
  /** Makes only every `of`th call, beginning with this one: its share of the load. Default: all of them. */
  readonly share?: { readonly first: number; readonly of: number };
  /** On the scale of `performance.now()`. */
  readonly beginAt: number;
  /** How long calls may go on after the last intended start, in milliseconds. */
  readonly grace: number;
  /** Wakes the loop when a call is due. Default: a timer, with its grain of a millisecond. */
  readonly metronome?: Metronome;
}

/** Between two looks at what is due, without a metronome. Node's timers have no finer grain. */
const TICK = 1;

/**
 * Makes calls at their intended starts, whether or not earlier ones have been answered (an open loop: a slow upstream
 * does not slow the load, so that it cannot hide behind calls that were never made).
 */
export async function runOpenLoop(options: OpenLoop): Promise<LoadMeasures> {
  const { call, intendedStarts, beginAt, grace, share = { first: 0, of: 1 }, metronome } = options;
  const slots = Math.floor((intendedStarts.at(-1) ?? 0) / TIMELINE_SLOT) + 1;
  const timeline = { offered: zeros(slots), good: zeros(slots), failed: zeros(slots) };
  const recorders = emptyHistograms();
  const outcomes: Record<string, number> = {};
  const starts = new Float64Array(intendedStarts.length).fill(Number.NaN);
  const open = new Set<number>();
  const endAt = beginAt + (intendedStarts.at(-1) ?? 0) + grace;
  let calls = 0;
  let good = 0;
  let over = false;
  let allEnded = (): void => {};

  function make(index: number, intended: number): void {
    const started = performance.now();
    const slot = Math.floor((intended - beginAt) / TIMELINE_SLOT);
    calls += 1;
    bump(timeline.offered, slot);
    recorders.slip.record(started - intended);
    starts[index] = started - beginAt;
    open.add(index);
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

  metronome?.start(
    intendedStarts
      .filter((_, index) => index % share.of === share.first)
      .map((start) => performance.timeOrigin + beginAt + start),
  );
  for (let next = share.first; next < intendedStarts.length; ) {
    // What is counted before the look is no reason to sleep after it.
    const beats = metronome?.beats ?? 0;
    const now = performance.now();
    for (; next < intendedStarts.length; next += share.of) {
      const intended = beginAt + (intendedStarts[next] as number);
      if (intended > now) break;
      make(next, intended);
    }
    if (next < intendedStarts.length) await (metronome?.beatAfter(beats) ?? sleep(TICK));
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
  for (const late of metronome?.lateness ?? []) recorders.metronome.record(late);
  for (const index of open) {
    const waited = endedAt - beginAt - (starts[index] as number);
    recorders.fromIntendedStart.record(endedAt - beginAt - (intendedStarts[index] as number));
    recorders.fromActualStart.record(waited);
    recorders.timeToFail.record(waited);
  }
  if (open.size > 0) outcomes[ENDED_BY_HARNESS] = open.size;
  return {
    calls,
    good,
    outcomes,
    histograms: histogramsOf(recorders),
    timeline,
    starts,
    elapsed: endedAt - beginAt,
  };
}

function zeros(length: number): number[] {
  return Array<number>(length).fill(0);
}

function bump(slots: number[], slot: number): void {
  slots[slot] = (slots[slot] ?? 0) + 1;
}
