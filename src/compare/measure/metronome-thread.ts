import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { constants, platform, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { sharedNow } from '../processes/shared-clock.ts';
import type { Beats } from './metronome.ts';

goFirst();

parentPort?.on('message', ({ times, lateness, cells }: Beats) => {
  for (const [beat, time] of times.entries()) {
    for (let left = time - sharedNow(); left > 0; left = time - sharedNow()) Atomics.wait(cells, 1, 0, left);
    lateness[beat] = sharedNow() - time;
    Atomics.add(cells, 0, 1);
    Atomics.notify(cells, 0);
  }
});

/**
 * It sleeps nearly always; when a call is due it shall not stand in line behind what it measures. On Linux this thread
 * alone runs before all others (SCHED_FIFO), or else as the most urgent of them. Who may do neither is later, and the
 * lateness says how much.
 */
function goFirst(): void {
  // Elsewhere both would be for the whole process.
  if (platform() !== 'linux') return;
  if (may(() => execFileSync('chrt', ['-f', '-p', '1', ownThread()], { stdio: 'ignore' }))) return;
  may(() => setPriority(0, constants.priority.PRIORITY_HIGHEST));
}

function ownThread(): string {
  return basename(readlinkSync('/proc/thread-self'));
}

function may(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
