import { modulePath } from '../rounds.ts';
import { type Case, rounded, type Suite } from '../suite.ts';

const CPU = 'CPU ms above';
const WALL = 'ms above';

/** What the process has used since it was started, before it ends. */
const REPORT =
  'const { user, system } = process.cpuUsage(); console.log(JSON.stringify({ cpuMs: (user + system) / 1000 }));';

export function importSuite(subject: string): Suite {
  const entry = subject === 'src' ? modulePath('../../src/index.ts') : 'meshwise';
  const one = (name: string, code: string, rest: Omit<Case, 'name' | 'run' | 'ours'> = {}): Case => ({
    name,
    ours: rest.goals !== undefined,
    run: ['--input-type=module', '--eval', `${code}\n${REPORT}`],
    ...rest,
  });
  const policy = '{ upstream: "payments", timeout: "2s", retry: { limit: 2 } }';
  return {
    name: 'import',
    title: 'Start-up',
    method:
      'A whole process, from its start to its end, and its user and system time, above those of a process with an ' +
      'empty module.',
    rounds: 21,
    measures: [
      { title: 'ms', figure: 'wallMs', show: rounded(1) },
      { title: WALL, figure: 'wallMs', against: { how: 'difference', base: 'an empty module' }, show: rounded(1) },
      { title: CPU, figure: 'cpuMs', against: { how: 'difference', base: 'an empty module' }, show: rounded(1) },
    ],
    cases: [
      one('an empty module', ''),
      one('meshwise and a first wrapFetch', `import { wrapFetch } from '${entry}'; wrapFetch(fetch, ${policy});`, {
        goals: { [WALL]: 40 },
      }),
      one('import meshwise alone', `import '${entry}';`),
      one('globalThis.fetch alone', 'globalThis.fetch;', { features: 'Node makes its fetch when it is first read' }),
      one('opossum and p-retry', "import 'opossum'; import 'p-retry';"),
      one('@opentelemetry/api', "import '@opentelemetry/api';"),
      one('cockatiel', "import 'cockatiel';"),
      one('ffetch', "import '@fetchkit/ffetch';"),
    ],
  };
}
