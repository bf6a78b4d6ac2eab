import { parentPort } from 'node:worker_threads';
import { sharedNow } from '../processes/shared-clock.ts';
import type { Beats } from './metronome.ts';

parentPort?.on('message', ({ times, lateness, cells }: Beats) => {
  for (const [beat, time] of times.entries()) {
    for (let left = time - sharedNow(); left > 0; left = time - sharedNow()) Atomics.wait(cells, 1, 0, left);
    lateness[beat] = sharedNow() - time;
    Atomics.add(cells, 0, 1);
    Atomics.notify(cells, 0);
  }
});
