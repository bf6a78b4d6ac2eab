import { modulePath } from '../rounds.ts';
import { type Case, rounded, type Suite, times } from '../suite.ts';
import type { FailingName } from './calls.ts';

const SIZES = [10, 10_000, 1_000_000];
const GROWTH = '× with 10';
/** What still counts as flat on a machine that is never quite quiet. */
const FLAT = 1.5;

export function failureSuite(subject: string): Suite {
  const library = (title: string, name: FailingName, features: string): readonly Case[] =>
    SIZES.map((size) => {
      const ours = name === 'meshwise';
      return {
        name: `${title}, ${rounded(0)(size)}`,
        ours,
        run: [modulePath('failure/child.ts'), name, String(size), subject],
        base: `${title}, ${rounded(0)(10)}`,
        features: size === 10 ? features : '',
        ...(ours && size > 10 ? { goals: { [GROWTH]: FLAT } } : {}),
      };
    });
  return {
    name: 'failure',
    title: 'An attempt that fails at once, by the samples in the window',
    method:
      'Every attempt fails with a reset, retries follow without a wait, the circuit stays closed. CPU time of the ' +
      'process per attempt, the median of 21 samples of 25 calls; the small window is made anew for each sample. An ' +
      'opened circuit spares the attempts; this is what they cost until then.',
    rounds: 5,
    measures: [
      { title: 'µs per attempt', figure: 'us', show: rounded(2) },
      // Each library against itself; the cases say with which.
      { title: GROWTH, figure: 'us', against: { how: 'ratio', base: '' }, show: times },
    ],
    cases: [
      ...library('meshwise', 'meshwise', 'retry, budget, breaker, timeout, limit'),
      ...library('p-retry + opossum', 'naive', 'opossum as it ships; no budget'),
      ...library('cockatiel', 'cockatiel', 'breaker and timeout: its retry waits for a timer, at least 1 ms'),
    ],
  };
}
