import { draw } from '../fault-draw.ts';
import type { Load } from '../scenario/scenario.ts';

type Stretch = Load['bursts'][number];

/**
 * When each call is meant to start, in milliseconds from the beginning, ascending. In a burst the same arrivals come
 * `factor` times as fast, whether they are evenly spaced or independent.
 */
export function intendedStarts(
  { arrivals, rate, bursts }: Pick<Load, 'arrivals' | 'rate' | 'bursts'>,
  calls: number,
  seed: number,
): Float64Array {
  const spacing = 1000 / rate;
  const ordered = bursts.toSorted((a, b) => a.from - b.from);
  const starts = new Float64Array(calls);
  /** Where the next call would be if there were no bursts. */
  let even = 0;
  for (let call = 0; call < calls; call += 1) {
    starts[call] = hurried(even, ordered);
    even += arrivals === 'constant' ? spacing : -Math.log(1 - draw(seed, 'arrival', call)) * spacing;
  }
  return starts;
}

/** A time of the even course, in the course with bursts: each of them makes up for `factor` times its length. */
function hurried(even: number, bursts: readonly Stretch[]): number {
  let gained = 0;
  for (const { from, to, factor } of bursts) {
    const begins = from + gained;
    if (even <= begins) break;
    const length = (to - from) * factor;
    if (even < begins + length) return from + (even - begins) / factor;
    gained += length - (to - from);
  }
  return even - gained;
}
