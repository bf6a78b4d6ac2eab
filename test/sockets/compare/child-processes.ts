import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** All that descend from a process, as the system lists them now; `ps` itself aside. */
export async function descendantsOf(ancestor: number): Promise<FoundProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const all = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined || command.startsWith('ps ')
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
  const found: FoundProcess[] = [];
  const family = new Set([ancestor]);
  for (let before = -1; before < family.size; ) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  for (const { pid, command } of all) if (pid !== ancestor && family.has(pid)) found.push({ pid, command });
  return found;
}

export function isAlive({ pid }: FoundProcess): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
