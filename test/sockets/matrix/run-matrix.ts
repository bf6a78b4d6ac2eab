import { pathToFileURL } from 'node:url';
import { type Cell, cellsOf, nameOf } from './cells.ts';
import { differencesOf } from './compared-cell.ts';
import { CLIENTS, type ClientName } from './realm.ts';
import { RecordingUpstream } from './recording-upstream.ts';
import { BareFetches } from './wire.ts';

/** Cells at the same time. */
const AT_ONCE = 64;

/** A cell takes milliseconds, a second on a machine that does other things; one that takes so long will never end. */
const NEVER_ENDS = 60_000;

/** Nobody reads more failures than these: no further cell is begun. */
const ENOUGH_FAILURES = 64;

export interface Failure {
  readonly cell: string;
  readonly differences: readonly string[];
}

export interface MatrixResult {
  /** `process.versions.node` of the process that ran it. */
  readonly node: string;
  readonly client: ClientName;
  readonly cells: number;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** Plays all cells of one client against one upstream. */
export async function runMatrix(client: ClientName): Promise<MatrixResult> {
  const startedAt = performance.now();
  const cells = cellsOf(client);
  const upstream = await new RecordingUpstream().start();
  const bareFetches = new BareFetches(upstream);
  const failures: Failure[] = [];
  const remaining = cells.values();
  const play = async () => {
    for (const cell of remaining) {
      if (failures.length >= ENOUGH_FAILURES) return;
      const differences = await bounded(cell, differencesOf(cell, upstream, bareFetches));
      if (differences.length > 0) failures.push({ cell: nameOf(cell), differences });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, play));
  await upstream.stop();
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  return { node: process.versions.node, client, cells: cells.length, seconds, failures };
}

async function bounded(cell: Cell, differences: Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve(['did not end']), NEVER_ENDS);
  });
  try {
    return await Promise.race([differences, tooLong]);
  } catch (error) {
    return [`${nameOf(cell)} could not be played: ${error instanceof Error ? error.stack : String(error)}`];
  } finally {
    clearTimeout(timer);
  }
}

/** `node run-matrix.ts`: every client, as JSON. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results: MatrixResult[] = [];
  for (const client of CLIENTS) results.push(await runMatrix(client));
  process.stdout.write(JSON.stringify(results));
}
