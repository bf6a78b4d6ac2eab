import { modulePath } from '../rounds.ts';
import { type Case, rounded, type Suite, times } from '../suite.ts';
import type { CallName } from './calls.ts';

const TIME = '× bare';
const BYTES = 'bytes';

export function coreSuite(subject: string): Suite {
  const one = (name: string, call: CallName, rest: Omit<Case, 'name' | 'run' | 'ours'> = {}): Case => ({
    name,
    ours: rest.goals !== undefined,
    run: ['--expose-gc', modulePath('core/child.ts'), call, subject],
    ...rest,
  });
  return {
    name: 'core',
    title: 'The full stack around `async () => 1`',
    method:
      'CPU time of the process, one call after the other, the median of 21 samples of 20 ms. Bytes: growth of the heap ' +
      'in windows without any collection. Both with the `await` of the harness, which a bare call has as well.',
    rounds: 7,
    measures: [
      { title: 'ns', figure: 'ns', show: rounded(0) },
      { title: TIME, figure: 'ns', against: { how: 'ratio', base: 'bare' }, show: times },
      { title: BYTES, figure: 'bytes', show: rounded(0) },
    ],
    cases: [
      one('bare', 'bare'),
      one('meshwise', 'meshwise', {
        goals: { [TIME]: 8, [BYTES]: 1500 },
        features: 'retry, budget, breaker, timeout, limit; can be aborted',
      }),
      one('meshwise, the function reads its signal', 'meshwise-reading', { goals: { [TIME]: 14, [BYTES]: 2500 } }),
      one('p-retry + opossum', 'naive', { features: 'no budget, no limit in use, cannot be aborted' }),
      one('cockatiel: retry, breaker, timeout', 'cockatiel-three', {
        features: 'no budget, no limit; always makes a signal',
      }),
      one('cockatiel: with a bulkhead', 'cockatiel-four', { features: 'no budget; always makes a signal' }),
      one('ffetch', 'ffetch', {
        features: 'a fetch client: builds a Request per call, around a fetch that answers at once; no budget, no limit',
      }),
      one('only an AbortController and a timer', 'controller-and-timer', {
        features: 'a floor: nothing but a timeout',
      }),
      one('only a promise around it', 'promise', { features: 'a floor: may settle before the function does' }),
    ],
  };
}
