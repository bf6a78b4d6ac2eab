import { count, mebibytes } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { CALLER_SIDE, cpuPerThousandCalls, peakMemory } from '../result/figures.ts';
import type { Question } from './question.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

/** What happens in the process only. */
const IN_CLIENT: readonly Pair[] = [
  ['process-noop', 'bare'],
  ['process', 'bare'],
  ['process+retry', 'process-noop'],
  ['process+breaker', 'process-noop'],
  ['process+telemetry', 'process-noop'],
  ['process+telemetry-sdk', 'process-noop'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

/** What needs a process of its own: the client and its sidecars together. */
const ON_CALLERS_SIDE: readonly Pair[] = [
  ['sidecar-noop', 'bare'],
  ['sidecar', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'bare'],
  ['two-sidecars', 'sidecar'],
  ['both', 'process'],
  ['auto', 'sidecar'],
  ['mesh', 'sidecar'],
];

const shownCpu = (ms: number): string => `${count(ms)} ms`;
const shownMemory = (bytes: number): string => `${count(mebibytes(bytes))} MiB`;

/** Linux counts another process's CPU in ticks of 10 ms. */
const tick = ({ calls }: Cell): number => 10_000 / Math.max(1, calls);
/** A heap's peak depends on when it was last swept. */
const FEW_MEBIBYTES = 5 * 2 ** 20;

const clientCpu: Tellable = {
  topic: 'cost/client-cpu',
  of: (cell) => cpuPerThousandCalls(cell, 'client'),
  resolution: tick,
  sentence: (value) => `the client, load generator included, needs ${value} of CPU for 1,000 calls`,
  shown: shownCpu,
  as: 'much',
  drifts: true,
};

const callerCpu: Tellable = {
  topic: 'cost/cpu',
  of: (cell) => cpuPerThousandCalls(cell, ...CALLER_SIDE),
  resolution: tick,
  sentence: (value) => `client (load generator included) and sidecars need ${value} of CPU for 1,000 calls`,
  shown: shownCpu,
  as: 'much',
  drifts: true,
};

const memory: Tellable = {
  topic: 'cost/memory',
  of: (cell) => peakMemory(cell, ...CALLER_SIDE),
  resolution: () => FEW_MEBIBYTES,
  sentence: (value) => `client and sidecars hold ${value} of memory at their peak`,
  shown: shownMemory,
  as: 'much',
  drifts: true,
};

/** CPU for 1,000 calls is told on any machine: work is the same whether or not somebody else works as well. */
export const cost: Question = {
  name: 'cost',
  findings: (evidence) => [
    ...tellPairs(evidence, [clientCpu], IN_CLIENT),
    ...tellPairs(evidence, [callerCpu], ON_CALLERS_SIDE),
    ...tellPairs(evidence, [memory], [...IN_CLIENT.filter(([, to]) => to === 'bare'), ...ON_CALLERS_SIDE]),
  ],
};
