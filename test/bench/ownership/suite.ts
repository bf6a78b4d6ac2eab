import { modulePath } from '../rounds.ts';
import { type Case, rounded, type Suite, times } from '../suite.ts';

export type OwnershipCaseName = 'process' | 'handed-over' | 'process-retrying' | 'decision' | 'dump';

const AGAINST = '× by the process, with two retries';

export function ownershipSuite(subject: string): Suite {
  const one = (name: string, what: OwnershipCaseName, rest: Omit<Case, 'name' | 'run' | 'ours'> = {}): Case => ({
    name,
    ours: rest.goals !== undefined,
    run: [modulePath('ownership/child.ts'), what, subject],
    ...rest,
  });
  return {
    name: 'ownership',
    title: 'Who owns the retries',
    method:
      'Calls around a fetch that answers at once, CPU time of the process as in the core. A decision: of the owner of one ' +
      'call’s retries, all that is asked on the way of a call. The dump: 2,000 virtual hosts, routes and clusters of an ' +
      'Envoy admin, read and understood; how long our event loop was busy with it, and the longest time in one piece.',
    rounds: 7,
    measures: [
      { title: 'µs', figure: 'us', show: rounded(2) },
      {
        title: AGAINST,
        figure: 'us',
        against: { how: 'ratio', base: 'by the process, two attempts fail' },
        show: times,
      },
      { title: 'ns', figure: 'ns', show: rounded(0) },
      { title: 'busy ms', figure: 'busy', show: rounded(0) },
      { title: 'longest ms', figure: 'longest', show: rounded(1) },
    ],
    cases: [
      one('by the process, good at once', 'process'),
      one('by the process, two attempts fail', 'process-retrying'),
      one('handed over, whatever the sidecar does', 'handed-over', { goals: { [AGAINST]: 1 } }),
      one('a decision', 'decision', { goals: { ns: 150 } }),
      one('a dump of 2,000', 'dump', { goals: { 'busy ms': 300, 'longest ms': 20 } }),
    ],
  };
}
