import type { ArmName } from '../arms/arm.ts';
import { count } from '../format.ts';
import type { Cell, TraceCounts } from '../result/cell.ts';
import { verdictId } from '../result/finding-id.ts';
import type { Question, Said, Verdict } from './question.ts';
import { armWords } from './words.ts';

export const traces: Question = {
  name: 'traces',
  checks: (_scenario, _arm, cell) => [whole(cell)],
  findings: ({ arms }) => [...arms].flatMap(([arm, cells]) => told(arm, cells)),
};

/** Whether there are as many spans as attempts is asked of every cell that has both; see the counters. */
function whole({ traces, calls }: Cell): Verdict | undefined {
  if (traces === null) return undefined;
  return {
    passed: isWhole(traces, calls),
    claim: 'a trace per call, each with a single root and no orphan',
    found: `${count(traces.traces)} traces of ${count(calls)} calls, ${count(traces.singleRooted)} with a single root, ${count(traces.orphans)} orphans`,
  };
}

function isWhole({ traces, singleRooted, orphans }: TraceCounts, calls: number): boolean {
  return traces === calls && singleRooted === traces && orphans === 0;
}

function told(arm: ArmName, cells: readonly Cell[]): Said[] {
  const traced = cells.flatMap(({ traces, calls, sidecar, attempts }) =>
    traces === null ? [] : [{ traces, calls, made: sidecar === null ? attempts.total : sidecar.requests }],
  );
  if (traced.length === 0) return [];
  const broken = traced.filter(({ traces, calls }) => !isWhole(traces, calls));
  const made = cells.some(({ sidecar }) => sidecar !== null) ? 'requests to the sidecar' : 'attempts';
  const total = (of: (one: (typeof traced)[number]) => number): string =>
    count(traced.reduce((sum, one) => sum + of(one), 0));
  return [
    {
      id: verdictId(`traces/${arm}`, broken.length === 0 ? 'whole' : 'broken'),
      text:
        `With ${armWords(arm)}, ${total(({ calls }) => calls)} calls make ${total(({ traces }) => traces.traces)} traces, ` +
        `${total(({ traces }) => traces.singleRooted)} of them with a single root, ${total(({ traces }) => traces.orphans)} ` +
        `orphans, and ${total(({ traces }) => traces.clientSpans)} spans for ${total(({ made }) => made)} ${made}.`,
    },
  ];
}
