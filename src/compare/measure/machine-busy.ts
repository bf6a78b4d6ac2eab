import { readFile } from 'node:fs/promises';

/** Ticks of all cores since the machine started, as /proc/stat counts them. */
export interface MachineTicks {
  readonly busy: number;
  readonly all: number;
}

/** `undefined` where the system does not tell. */
export async function machineTicks(): Promise<MachineTicks | undefined> {
  return ticksIn(await readFile('/proc/stat', 'utf8').catch(() => ''));
}

/** Reads the first line of /proc/stat (proc(5)). The guests' time, fields 9 and 10, is in the users' already. */
export function ticksIn(stat: string): MachineTicks | undefined {
  const line = /^cpu +(\d+(?: \d+){7})/.exec(stat)?.[1];
  if (line === undefined) return undefined;
  const ticks = line.split(' ').map(Number);
  const all = ticks.reduce((sum, tick) => sum + tick, 0);
  const [, , , idle = 0, waitingForDisks = 0] = ticks;
  return { busy: all - idle - waitingForDisks, all };
}

/** The busy share of all cores between two looks, 0 to 1. */
export function busyBetween(before: MachineTicks | undefined, after: MachineTicks | undefined): number | null {
  if (before === undefined || after === undefined || after.all <= before.all) return null;
  return (after.busy - before.busy) / (after.all - before.all);
}
