import { attemptsPerCall } from '../../../src/compare/closed-form.ts';
import { count, enumeration, percent, time } from '../../../src/compare/format.ts';
import { ARM_NAMES } from './life-chart.ts';
import type { ArmName, ArmRun, LifeRun, OwnerChange, Sums } from './life-run.ts';

/** docs/ownership-life.md: every sentence of it is made from the run. */
export function lifeDocument(run: LifeRun): string {
  return [
    '# Ownership over time',
    '',
    'What one policy costs while the sidecar’s rule is applied, changed and removed under load. Written by `npm run life`; do not edit.',
    '',
    '![Attempts per call over time](figures/rule-life.svg)',
    '',
    ...method(run),
    '',
    '## Attempts per call',
    '',
    ...attemptsTable(run),
    '',
    ...findings(run).map((sentence) => `- ${sentence}`),
    '',
    '## When the owner changed',
    '',
    ...changesTable(run.changes),
    '',
    ...changeFindings(run).map((sentence) => `- ${sentence}`),
    '',
    `${run.machine}; Envoy ${run.envoy}.`,
    '',
  ].join('\n');
}

function method({ limit, failing, rate, phases }: LifeRun): string[] {
  const seconds = phases.map(({ from, to }) => Math.round((to - from) / 1_000));
  return [
    `Three clients with the same policy (${limit} retries; breaker and budget off) call through one real Envoy, ${rate} calls a second each. The upstream answers ${percent(failing)} of the attempts with 503, attempt for attempt the same ones in each arm, and counts the attempts of every call. A call belongs to the phase in which it began. The routes of the running Envoy are swapped ${count(phases.length - 1)} times, every ${enumeration([...new Set(seconds)].map(String))} s.`,
    '',
    '- **auto**: meshwise in mode `auto`: retries go to the sidecar while replies prove the rule',
    '- **process**: meshwise in mode `process`: it retries whatever the mesh does',
    '- **retries off behind a mesh**: the library’s retries are switched off because there is a mesh',
    '',
    `“Rule applied” is meshwise’s own export for everyone: the policy for callers that ask for nothing, and the rules that \`auto\` asks for. “Rule changed” is the same of a policy with ${limit + 1} retries. Otherwise the sidecar retries nothing.`,
  ];
}

function attemptsTable(run: LifeRun): string[] {
  const header = ['phase', ...run.arms.flatMap(({ arm }) => [`${ARM_NAMES[arm]}: attempts per call`, 'most', 'good'])];
  const rows = run.phases.map(({ label }, phase) => [
    label,
    ...run.arms.flatMap(({ phases }) => {
      const sums = phases[phase];
      return sums === undefined ? [] : [perCall(sums), String(sums.most), percent(sums.good / sums.calls)];
    }),
  ]);
  return table(header, rows);
}

function findings(run: LifeRun): string[] {
  const { limit, failing } = run;
  const formula = attemptsPerCall(failing, [limit]);
  const totals = new Map(run.arms.map(({ arm, phases }) => [arm, total(phases)] as const));
  const describe = (arm: ArmName) => totals.get(arm) as Sums;
  const [auto, inProcess, naive] = [describe('auto'), describe('process'), describe('naive')];
  return [
    `\`auto\`: ${above(auto, limit)}; ${perCall(auto)} attempts per call over the whole run, where one layer alone makes ${formula.toFixed(2)}. ${capitalised(calls(auto.givenUp))} failed with an attempt left.`,
    `\`process\`: ${above(inProcess, limit)}, ${inMost(run, 'process', ({ above: over }) => over > 0)}; the most attempts of one call were ${inProcess.most}. It makes ${perCall(inProcess)} attempts per call over the whole run, and ${percent(inProcess.good / inProcess.calls)} of its calls succeed: more tries than anybody asked for. ${capitalised(calls(inProcess.givenUp))} failed with an attempt left.`,
    `retries off behind a mesh: ${calls(naive.givenUp)} failed with an attempt left, ${inMost(run, 'naive', ({ givenUp }) => givenUp > 0)}: ${percent(naive.good / naive.calls)} of its calls succeeded, against ${percent(auto.good / auto.calls)} of \`auto\`’s. ${capitalised(above(naive, limit))}.`,
  ];
}

function changesTable(changes: readonly OwnerChange[]): string[] {
  return table(
    ['at', 'to', 'why', 'calls under way', 'most attempts of one of them', 'later calls sent the other way'],
    changes.map(({ at, to, why, underWay, mostOfThose, against }) => [
      time(at),
      to,
      why,
      String(underWay),
      String(mostOfThose),
      String(against),
    ]),
  );
}

function changeFindings({ changes, phases, limit }: LifeRun): string[] {
  const against = changes.reduce((sum, change) => sum + change.against, 0);
  const most = Math.max(0, ...changes.map(({ mostOfThose }) => mostOfThose));
  const handedOver = changes.filter(({ to }) => to === 'sidecar');
  const lost = changes.find(({ why }) => why === 'taken-back');
  const regained = lost && handedOver.find(({ at }) => at > lost.at);
  const writtenBefore = (at: number) => phases.findLast(({ from }) => from < at)?.from ?? 0;
  const delays = phases.slice(1).flatMap(({ label, from, to }) => {
    const first = changes.find(({ at }) => at >= from && at < to);
    return first === undefined ? [] : [`${label}: ${time(first.at - from)}`];
  });
  return [
    `From the write of the routes until the owner changed, Envoy’s own time included: ${enumeration(delays)}.`,
    `${capitalised(calls(against))} that began after a change went out as before it: the concern is executed by its new owner from the next call on.`,
    `Among the calls that were under way at a change the most attempts were ${most}${most <= limit + 1 ? ', no more than the policy allows' : `, more than the policy’s ${limit + 1}`}.`,
    ...(lost !== undefined && regained !== undefined
      ? [
          `A lost proof was regained ${time(regained.at - lost.at)} after its loss, ${time(regained.at - writtenBefore(regained.at))} after the routes were written again: 5 s must have passed, and 20 replies must have offered the rule.`,
        ]
      : []),
  ];
}

function above({ above: over, calls: all }: Sums, limit: number): string {
  return `${over === 0 ? 'no call' : `${count(over)} of ${count(all)} calls`} had more than the policy’s ${limit + 1} attempts`;
}

function calls(number: number): string {
  if (number === 0) return 'no call';
  return number === 1 ? '1 call' : `${count(number)} calls`;
}

function inMost(run: LifeRun, wanted: ArmName, isSo: (sums: Sums) => boolean): string {
  const { phases = [] } = run.arms.find(({ arm }) => arm === wanted) ?? {};
  const labels = run.phases.flatMap(({ label }, phase) => {
    const sums = phases[phase];
    return sums !== undefined && isSo(sums) ? [`“${label}”`] : [];
  });
  return labels.length === 0 ? 'in no phase' : `in ${enumeration(labels)}`;
}

function perCall({ attempts, calls: all }: Sums): string {
  return (attempts / all).toFixed(2);
}

function total(phases: ArmRun['phases']): Sums {
  return phases.reduce((sum, one) => ({
    calls: sum.calls + one.calls,
    attempts: sum.attempts + one.attempts,
    good: sum.good + one.good,
    most: Math.max(sum.most, one.most),
    above: sum.above + one.above,
    givenUp: sum.givenUp + one.givenUp,
  }));
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(header), row(header.map(() => '---')), ...rows.map(row)];
}
