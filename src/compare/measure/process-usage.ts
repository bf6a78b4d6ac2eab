import { readFile } from 'node:fs/promises';

/** What a process has used. */
export interface Usage {
  /** Milliseconds of CPU, user and system. */
  readonly cpu: number;
  /** Bytes: the most memory that was resident at once. */
  readonly peakMemory: number;
}

/** Of this process, since it started. */
export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, peakMemory: process.resourceUsage().maxRSS * 1024 };
}

/** `USER_HZ` on every architecture that Node runs on (proc(5)); one tick is 10 ms. */
const TICKS_PER_SECOND = 100;

/** Of another process, from /proc; `undefined` where there is none. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    return usageFromProc(stat, status);
  } catch {
    return undefined;
  }
}

/** Reads the two files of proc(5); `undefined` when they are not as documented. */
export function usageFromProc(stat: string, status: string): Usage | undefined {
  // The second field is the program's name in brackets, and may itself hold brackets and blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (!Number.isFinite(userTicks + systemTicks) || peak === undefined) return undefined;
  return { cpu: ((userTicks + systemTicks) * 1000) / TICKS_PER_SECOND, peakMemory: Number(peak) * 1024 };
}
