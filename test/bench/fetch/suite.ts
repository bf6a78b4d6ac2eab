import { modulePath } from '../rounds.ts';
import { type Case, type PreparedSuite, rounded, times } from '../suite.ts';
import type { ClientName } from './clients.ts';
import { startServer } from './started-server.ts';

const AGAINST_SIGNAL = '× fetch given a signal';

export async function fetchSuite(subject: string): Promise<PreparedSuite> {
  const { url, stop } = await startServer();

  const one = (name: string, client: ClientName, rest: Omit<Case, 'name' | 'run' | 'ours'> = {}): Case => ({
    name,
    ours: rest.goals !== undefined,
    run: [modulePath('fetch/child.ts'), client, url, subject],
    ...rest,
  });
  const suite = {
    name: 'fetch',
    title: 'fetch on loopback, CPU of the client per request',
    method:
      'The server in a process of its own; 15,000 requests after 3,000 to warm up, one after the other, a small body ' +
      'read by `arrayBuffer()`; user and system time of the client’s process. Whatever can end a request has to give ' +
      'fetch a signal, so that is what the price of a policy is compared with.',
    rounds: 15,
    measures: [
      { title: 'µs', figure: 'us', show: rounded(1) },
      { title: '× bare', figure: 'us', against: { how: 'ratio', base: 'bare' }, show: times },
      { title: AGAINST_SIGNAL, figure: 'us', against: { how: 'ratio', base: 'given a signal' }, show: times },
    ],
    cases: [
      one('bare', 'bare'),
      one('given a signal', 'signal', { features: '`new AbortController().signal`, and nothing else' }),
      one('meshwise', 'meshwise', {
        goals: { [AGAINST_SIGNAL]: 1.03 },
        features: 'timeout to the end of the body, retry, budget, breaker; no SDK',
      }),
      one('p-retry + opossum', 'naive', { features: '`AbortSignal.timeout`; no budget' }),
      one('cockatiel', 'cockatiel', { features: 'timeout to the end of the body, retry, breaker; no budget' }),
      one('ffetch', 'ffetch', { features: 'timeout, retry, breaker; no budget' }),
    ],
  } as const satisfies PreparedSuite['suite'];
  return { suite, stop };
}
