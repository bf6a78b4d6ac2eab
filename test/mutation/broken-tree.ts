import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from './faults/fault.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** At the top: what is made, installed, or Git's. */
const LEFT_OUT = new Set(['.git', '.cache', 'node_modules', 'dist', 'coverage', 'report', 'bench.json']);

/**
 * The source with its fault.
 *
 * @throws Error when the text is not there, or more than once: it would be another fault than the one that is told.
 */
export function broken(source: string, { id, file, text, replacement }: Fault): string {
  const times = source.split(text).length - 1;
  if (times === 1) return source.split(text).join(replacement);
  throw new Error(`${id}: this text must stand in ${file} once, and does ${times} times:\n${text}`);
}

/** A copy of the project in which faults are made; the project itself is never touched. */
export class BrokenTree implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async copy(): Promise<BrokenTree> {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'meshwise-by-hand-')));
    await cp(ROOT, path, { recursive: true, filter: (source) => !LEFT_OUT.has(relative(ROOT, source)) });
    await symlink(join(ROOT, 'node_modules'), join(path, 'node_modules'), 'junction');
    return new BrokenTree(path);
  }

  /** @throws Error when one of them cannot be made, before minutes have gone into the others. */
  async check(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) broken(await readFile(join(this.path, fault.file), 'utf8'), fault);
  }

  /** With the fault for as long as `work` takes, and then as before. */
  async with<T>(fault: Fault, work: () => Promise<T>): Promise<T> {
    const file = join(this.path, fault.file);
    const source = await readFile(file, 'utf8');
    await writeFile(file, broken(source, fault));
    try {
      return await work();
    } finally {
      await writeFile(file, source);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
