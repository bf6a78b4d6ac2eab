import { ARMS, SIDECAR_ARMS, type SidecarArm } from './case.ts';
import { DIFFERENCE_IDS, DIFFERENCES, type Difference } from './differences.ts';
import { type Figures, figuresOf } from './fuzz.ts';
import type { Result } from './laboratory.ts';
import { PINNED } from './pinned-cases.ts';
import type { Seen } from './seen.ts';
import type { SharedStateResult } from './shared-state-arms.ts';

export interface Measured {
  /** Of `PINNED`, in its order. */
  readonly pinned: readonly Result[];
  readonly shared: readonly SharedStateResult[];
}

/** docs/conformance.md. What the made-up cases showed stands between two comments, since no two runs show the same. */
export function documentOf({ pinned, shared }: Measured, figures: string): string {
  const { cases, agreeing, explained, unexplained } = figuresOf(pinned);
  const same = shared.filter((result) => JSON.stringify(result.process) === JSON.stringify(result.sidecar)).length;
  const total = cases + shared.length;
  return `${[
    '# Conformance',
    'The same call, under the same policy, in front of the same upstream: executed by the process, and by a real Envoy with the exported configuration. Attempts, final status, body, kind of error and the waits between attempts agree, or the difference stands here with its reason. Written by `npm run conformance -- --markdown`; `npm test` runs all of it again and compares it with this page.',
    `**${total} cases: ${agreeing + same} agree, ${explained + shared.length - same} differ as explained, ${unexplained} unexplained.**`,
    '- **process**: meshwise alone, mode `process`',
    '- **everyone**: `export envoy --for-everyone`, and a client that knows nothing of meshwise',
    '- **marked**: the marked rule, and a bare client that asks for it by its hash',
    '- **auto**: meshwise in mode `auto` in front of that sidecar, once a reply has offered the rule',
    '`3 × 503` is three attempts that the upstream saw, and status 503 for the caller; `=` is the same as in the process. In brackets: nobody answered, and the status is what meshwise (`errors: response`) or Envoy writes in its place.',
    '## Single calls',
    table(['case', ...ARMS, 'why'], pinned.map(singleRow)),
    '## Calls that share something',
    'A limit, a budget, the health of the upstream, or the spread of many waits. The sidecar executes them for everyone; in `auto` they stay in the process.',
    table(['case', 'process', 'sidecar', 'why'], shared.map(sharedRow)),
    '## Differences',
    'There are no others. Each of them is a piece of data in `test/conformance/differences.ts`, and changes exactly what it says in a small model of the policy (`prediction.ts`): a run that shows anything else fails, and so does one in which a difference never shows.',
    table(
      ['difference', 'who', 'what', 'why', 'source'],
      DIFFERENCE_IDS.map((id) => {
        const { deciders, what, why, source }: Difference = DIFFERENCES[id];
        return [`\`${id}\``, shownDeciders(deciders), what, why, source];
      }),
    ),
    '## Made-up cases',
    'fast-check makes a policy, a request and what the upstream does; all four execute it, several cases at a time over kept connections. `npm test` plays 300 with a seed that it prints, `npm run conformance -- --runs 10000 --seed 1` as many as you like. A case that is unexplained is played again by itself, made smaller, and printed with its seed.',
    `${BEGIN}\n${figures}\n${END}`,
  ].join('\n\n')}\n`.replaceAll(/(^- .*)\n\n(?=- )/gm, '$1\n');
}

const BEGIN = '<!-- the last run that wrote this page -->';
const END = '<!-- its end -->';

export function figuresText({ seed, cases, agreeing, explained, unexplained, shown }: Figures): string {
  return [
    `Seed ${seed}: ${cases.toLocaleString('en')} cases, ${agreeing.toLocaleString('en')} agree, ${explained.toLocaleString('en')} differ as explained, ${unexplained} unexplained.`,
    '',
    table(
      ['difference', 'cases'],
      DIFFERENCE_IDS.map((id) => [`\`${id}\``, shown[id].toLocaleString('en')]),
    ),
  ].join('\n');
}

/** What stands between the two comments. */
export function figuresIn(document: string): string {
  return document.slice(document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)).trim();
}

function singleRow({ seen, verdicts }: Result, index: number): string[] {
  const byArm = SIDECAR_ARMS.map((arm) => {
    const verdict = verdicts[arm];
    if (verdict === undefined) return { cell: '–', by: [] };
    return verdict.kind === 'agrees' ? { cell: '=', by: [] } : { cell: shownSeen(seen[arm]), by: byOf(verdict) };
  });
  const why = [...new Set(byArm.flatMap(({ by }) => by))];
  return [
    PINNED[index]?.name ?? '',
    shownSeen(seen.process),
    ...byArm.map(({ cell }) => cell),
    why.map((id) => `\`${id}\``).join(', '),
  ];
}

function byOf(verdict: NonNullable<Result['verdicts'][SidecarArm]>): readonly string[] {
  return verdict.kind === 'explained' ? verdict.by : ['unexplained'];
}

function shownSeen(seen: Seen | undefined): string {
  if (seen === undefined) return 'unexplained';
  const { attempts, status, ending } = seen;
  return `${attempts} × ${status}${ending === 'answer' ? '' : ` (${ending})`}`;
}

function sharedRow({ case: one, process, sidecar }: SharedStateResult): string[] {
  const agrees = JSON.stringify(process) === JSON.stringify(sidecar);
  return [
    one.name,
    counted(process),
    agrees ? '=' : counted(sidecar),
    agrees ? '' : one.sidecar === undefined ? 'unexplained' : `${one.sidecar.why} (${one.sidecar.source})`,
  ];
}

/** `503, 503, 200` is `2 × 503, 200`. */
function counted(words: readonly string[]): string {
  const runs: { word: string; times: number }[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.word === word) last.times++;
    else runs.push({ word, times: 1 });
  }
  return runs.map(({ word, times }) => (times === 1 ? word : `${times} × ${word}`)).join(', ');
}

function shownDeciders(deciders: Difference['deciders']): string {
  const auto = ['handed over', 'behind'].filter((decider) => (deciders as readonly string[]).includes(decider));
  const others = deciders.filter((decider) => decider === 'everyone' || decider === 'marked');
  const [only] = auto;
  if (only === undefined) return others.join(', ');
  const half = only === 'behind' ? 'auto (what it keeps)' : 'auto (what it hands over)';
  return [...others, auto.length === 2 ? 'auto' : half].join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
