import { createHash } from 'node:crypto';
import { open, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdminAddress } from './admin-address.ts';

/** A reading takes less; a file that is older was left behind by a process that was ended. */
const STALE = 10_000;

/** Gives the lock back. */
export type Release = () => Promise<void>;

/**
 * One reader at a time among the processes that share a directory for temporary files: eight readers at once block an
 * Envoy's main thread for two seconds. `undefined`: another one is reading. Where no file can be made (a read-only
 * root, another user's leftover) the reading goes on without a lock, since it is rare anyway.
 */
export async function lockReader(
  address: AdminAddress,
  options: { readonly directory?: string; readonly wallTime?: () => number } = {},
): Promise<Release | undefined> {
  const { directory = tmpdir(), wallTime = Date.now } = options;
  const file = lockFile(address, directory);
  if (await created(file)) return () => rm(file, { force: true }).catch(() => {});
  if (!(await isStale(file, wallTime()))) return undefined;
  await unlink(file).catch(() => {});
  if (await created(file)) return () => rm(file, { force: true }).catch(() => {});
  return (await isStale(file, wallTime())) ? async () => {} : undefined;
}

export function lockFile({ shown }: AdminAddress, directory: string): string {
  return join(directory, `meshwise-admin-${createHash('sha256').update(shown).digest('hex').slice(0, 16)}.lock`);
}

/** `wx` follows no link and replaces nothing. */
async function created(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx', 0o600)).close();
    return true;
  } catch {
    return false;
  }
}

/** Also a file that is not there, although it could not be created. */
async function isStale(file: string, now: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined || now - found.mtimeMs > STALE;
}
