import type { Load } from './scenario.ts';

type Pace = Pick<Load, 'rate' | 'bursts'>;

/** Calls whose intended start lies in the first `ms` milliseconds, for evenly spaced calls. */
export function callsWithin({ rate, bursts }: Pace, ms: number): number {
  const extra = bursts.reduce((sum, { from, to, factor }) => sum + overlap(from, to, ms) * (factor - 1), 0);
  return Math.max(1, Math.round(((ms + extra) * rate) / 1000));
}

/** Milliseconds until so many calls have started, for evenly spaced calls; bursts do not overlap. */
export function timeOfCalls({ rate, bursts }: Pace, calls: number): number {
  // As if there were no bursts, and then each of them shortens what is left of it.
  let weighted = (calls * 1000) / rate;
  let time = 0;
  for (const { from, to, factor } of bursts.toSorted((a, b) => a.from - b.from)) {
    const before = Math.min(weighted, from - time);
    time += before;
    weighted -= before;
    const within = Math.min(weighted, (to - from) * factor);
    time += within / factor;
    weighted -= within;
  }
  return time + weighted;
}

function overlap(from: number, to: number, end: number): number {
  return Math.max(0, Math.min(to, end) - from);
}
