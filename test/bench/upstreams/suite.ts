import { modulePath } from '../rounds.ts';
import { type Case, rounded, type Suite } from '../suite.ts';
import type { LibraryName } from './clients.ts';

export function upstreamsSuite(subject: string): Suite {
  const one = (name: string, library: LibraryName, rest: Omit<Case, 'name' | 'run'>): Case => ({
    name,
    run: ['--expose-gc', modulePath('upstreams/child.ts'), library, subject],
    ...rest,
  });
  return {
    name: 'upstreams',
    title: '10,000 upstreams, each with its circuit breaker and budget',
    method:
      'Bytes for each, of the heap after full collections: the client with its policy and all that is kept for it; ' +
      'once made, after a first success, after a first failure. Timers that run while all of them are idle.',
    rounds: 5,
    measures: [
      { title: 'made', figure: 'made', show: rounded(0) },
      { title: 'after a success', figure: 'called', show: rounded(0) },
      { title: 'after a failure', figure: 'failed', show: rounded(0) },
      { title: 'timers', figure: 'timers', show: rounded(0) },
    ],
    cases: [
      one('meshwise, functions', 'meshwise', { ours: true, goals: { 'after a success': 2000, timers: 0 } }),
      one('meshwise, fetch', 'meshwise-fetch', { ours: true, goals: { 'after a success': 2000, timers: 0 } }),
      one('opossum', 'opossum', { ours: false, features: 'a breaker alone, as it ships' }),
      one('cockatiel', 'cockatiel', { ours: false, features: 'retry, breaker, timeout; no budget' }),
    ],
  };
}
