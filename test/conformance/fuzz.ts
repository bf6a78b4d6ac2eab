import fc from 'fast-check';
import { arbitraryCase } from './arbitrary-case.ts';
import { ARMS, type Case } from './case.ts';
import { DIFFERENCE_IDS, type DifferenceId } from './differences.ts';
import { type Laboratory, type Result, unexplainedIn } from './laboratory.ts';

export interface Figures {
  readonly seed: number;
  readonly cases: number;
  /** In which everyone does as the process does. */
  readonly agreeing: number;
  readonly explained: number;
  readonly unexplained: number;
  /** In which something unexplained was seen that was gone when they were played again by themselves. */
  readonly seenOnce: number;
  readonly seconds: number;
  /** In how many cases each difference showed. */
  readonly shown: Readonly<Record<DifferenceId, number>>;
  /** Of the first unexplained case: as small as it could be made, and how to get there again. */
  readonly failure: string | undefined;
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly progress?: ((done: number) => void) | undefined;
}

/** Cases for which the sidecar gets its routes at once. */
const BATCH = 250;
/** Making a failure smaller ends here. */
const SHRINKING = 60_000;

/** Plays made-up cases until one is unexplained. The same seed makes the same cases. */
export async function fuzz(laboratory: Laboratory, { runs, seed, progress }: FuzzOptions): Promise<Figures> {
  const started = performance.now();
  const cases = fc.sample(arbitraryCase, { seed, numRuns: runs });
  const results: Result[] = [];
  let failure: string | undefined;
  while (results.length < cases.length && failure === undefined) {
    results.push(...(await laboratory.play(cases.slice(results.length, results.length + BATCH))));
    const failed = results.findIndex((result) => unexplainedIn(result).length > 0);
    if (failed >= 0) failure = await smaller(laboratory, seed, failed, results[failed]);
    progress?.(results.length);
  }
  return { seed, ...figuresOf(results), seconds: (performance.now() - started) / 1000, failure };
}

export function figuresOf(results: readonly Result[]): Omit<Figures, 'seed' | 'seconds' | 'failure'> {
  const kinds = results.map((result) => {
    const verdicts = ARMS.map((arm) => result.verdicts[arm]?.kind);
    if (verdicts.includes('unexplained')) return 'unexplained';
    return verdicts.includes('explained') ? 'explained' : 'agreeing';
  });
  const count = (kind: (typeof kinds)[number]) => kinds.filter((other) => other === kind).length;
  return {
    cases: results.length,
    agreeing: count('agreeing'),
    explained: count('explained'),
    unexplained: count('unexplained'),
    seenOnce: results.filter((result) => result.seenOnce.length > 0 && unexplainedIn(result).length === 0).length,
    shown: shownIn(results),
  };
}

function shownIn(results: readonly Result[]): Record<DifferenceId, number> {
  const shown = Object.fromEntries(DIFFERENCE_IDS.map((id) => [id, 0])) as Record<DifferenceId, number>;
  for (const { verdicts } of results) {
    const ids = ARMS.flatMap((arm) => {
      const verdict = verdicts[arm];
      return verdict?.kind === 'explained' ? verdict.by : [];
    });
    for (const id of new Set(ids)) shown[id]++;
  }
  return shown;
}

async function smaller(
  laboratory: Laboratory,
  seed: number,
  index: number,
  first: Result | undefined,
): Promise<string> {
  let smallest: Result | undefined = first;
  const explained = fc.asyncProperty(arbitraryCase, async (one: Case) => {
    const [result] = await laboratory.play([one]);
    if (unexplainedIn(result).length === 0) return true;
    smallest = result;
    return false;
  });
  await fc.check(explained, { seed, path: String(index), numRuns: 1, interruptAfterTimeLimit: SHRINKING });
  return [
    `case ${index + 1} of --seed ${seed}, made smaller:`,
    JSON.stringify(smallest?.case),
    ...unexplainedIn(smallest).map((how) => `  ${how}`),
  ].join('\n');
}

/** The line that a run ends with. */
export function closingLine({ seed, cases, agreeing, explained, unexplained, seenOnce, seconds }: Figures): string {
  const again = seenOnce === 0 ? '' : ` (${seenOnce} of them only when they were played again by themselves)`;
  return `conformance: ${cases} cases in ${seconds.toFixed(0)} s, seed ${seed}: ${agreeing} agree, ${explained} differ as explained, ${unexplained} unexplained${again}`;
}
