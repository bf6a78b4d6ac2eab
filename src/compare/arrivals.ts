import { draw } from './fault-draw.ts';

/** `constant`: evenly spaced. `poisson`: independent arrivals, as from many callers. */
export type Arrivals = 'constant' | 'poisson';

/** When each call is meant to start, in milliseconds from the beginning, ascending. `rate` is calls per second. */
export function intendedStarts(arrivals: Arrivals, rate: number, calls: number, seed: number): Float64Array {
  const spacing = 1000 / rate;
  const starts = new Float64Array(calls);
  let at = 0;
  for (let call = 0; call < calls; call += 1) {
    starts[call] = at;
    at += arrivals === 'constant' ? spacing : -Math.log(1 - draw(seed, 'arrival', call)) * spacing;
  }
  return starts;
}
