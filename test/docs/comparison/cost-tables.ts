import type { ArmName } from '../../../src/compare/arms/arm.ts';
import { count, mebibytes } from '../../../src/compare/format.ts';
import type { Cell } from '../../../src/compare/result/cell.ts';
import { CALLER_SIDE, cpuPerThousandCalls, peakMemory } from '../../../src/compare/result/figures.ts';
import { spreadOf } from '../../../src/compare/result/spread.ts';
import { isRefused, type ToldPercentile, whyNoLatency } from '../../../src/compare/result/trust.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';
import { markdownTable } from '../../bench/table.ts';
import { shownMs, shownSpread, WITHHELD } from './columns.ts';
import { cellsOf, type Evidence, relationTold, scenariosOf, type Told } from './evidence.ts';
import { code, notIn } from './tables.ts';

const BASE = 'bare';
const COMPARED: readonly ArmName[] = ['process-noop', 'process', 'sidecar-noop', 'sidecar', 'two-sidecars'];
/** These have no process of their own beside the client. */
const IN_CLIENT: readonly ArmName[] = ['process-noop', 'process'];

interface Price {
  readonly title: string;
  readonly of: (cell: Cell) => number | null;
  readonly shown: (value: number) => string;
  /** Of the findings about it. */
  readonly topic: (arm: ArmName) => string;
  readonly latency?: ToldPercentile;
}

const PRICES: readonly Price[] = [
  {
    title: 'p50, ms',
    of: ({ latency }) => latency.fromActualStart.p50,
    shown: shownMs,
    topic: () => 'latency/p50',
    latency: 'p50',
  },
  {
    title: 'p99 from the intended start, ms',
    of: ({ latency }) => latency.fromIntendedStart.p99,
    shown: shownMs,
    topic: () => 'latency/p99',
    latency: 'p99',
  },
  {
    title: 'CPU, ms per 1,000 calls',
    of: (cell) => cpuPerThousandCalls(cell, ...CALLER_SIDE),
    shown: count,
    topic: (arm) => (IN_CLIENT.includes(arm) ? 'cost/client-cpu' : 'cost/cpu'),
  },
  {
    title: 'memory, MiB',
    of: (cell) => peakMemory(cell, ...CALLER_SIDE),
    shown: (bytes) => count(mebibytes(bytes)),
    topic: () => 'cost/memory',
  },
];

/** What an arm has more than bare fetch in the same run, and how many times as much; one table per scenario. */
export function priceTable(evidence: Evidence, family: string): string {
  const [scenario] = scenariosOf(evidence, family);
  const base = scenario === undefined ? [] : cellsOf(evidence, scenario, BASE);
  if (scenario === undefined || base.length === 0) return notIn(family);
  const rows = COMPARED.flatMap((arm) => {
    const rounds = cellsOf(evidence, scenario, arm);
    if (rounds.length === 0) return [];
    return [[code(arm), ...PRICES.map((price) => moreThanBase(evidence, scenario, price, arm, rounds, base))]];
  });
  return markdownTable({
    head: ['arm', ...PRICES.map(({ title }) => title)],
    rows: [[`${code(BASE)}, itself`, ...PRICES.map((price) => itself(price, base))], ...rows],
  });
}

function itself({ of, shown, latency }: Price, rounds: readonly Cell[]): string {
  if (latency !== undefined && whyNoLatency(rounds, latency) !== undefined) return WITHHELD;
  const spread = spreadIn(rounds, of);
  return spread === undefined ? '–' : shownSpread(spread, shown);
}

function moreThanBase(
  evidence: Evidence,
  scenario: Scenario,
  { of, shown, topic }: Price,
  arm: ArmName,
  rounds: readonly Cell[],
  base: readonly Cell[],
): string {
  const told = relationTold(evidence, scenario, topic(arm), arm, BASE);
  if (told === 'withheld' || told === 'runs differ') return told;
  const [mine, theirs] = [spreadIn(rounds, of), spreadIn(base, of)];
  if (mine === undefined || theirs === undefined) return '–';
  const more = mine.median - theirs.median;
  const times = `×${(mine.median / theirs.median).toFixed(2)}`;
  if (told === '~') return `no difference seen (${times})`;
  return `${more < 0 ? '−' : '+'}${shown(Math.abs(more))}, ${times}`;
}

/** What each layer is held against: what it is put upon. */
const LAYERS: readonly (readonly [arm: ArmName, under: ArmName, topic: string])[] = [
  ['process-noop', 'bare', 'cost/client-cpu'],
  ['process+retry', 'process-noop', 'cost/client-cpu'],
  ['process+breaker', 'process-noop', 'cost/client-cpu'],
  ['process+telemetry', 'process-noop', 'cost/client-cpu'],
  ['process+telemetry-sdk', 'process-noop', 'cost/client-cpu'],
  ['process', 'bare', 'cost/client-cpu'],
  ['sidecar-noop', 'bare', 'cost/cpu'],
  ['sidecar', 'bare', 'cost/cpu'],
  ['two-sidecars', 'sidecar', 'cost/cpu'],
  ['auto', 'sidecar', 'cost/cpu'],
  ['mesh', 'sidecar', 'cost/cpu'],
  ['both', 'process', 'cost/cpu'],
];

const SAID: Readonly<Record<Told, string>> = {
  '>': 'more than',
  '<': 'less than',
  '~': 'no difference seen from',
  'runs differ': 'runs differ about',
  withheld: 'withheld:',
};

/** CPU by layer: what each one takes beyond what it is put upon, and whether the findings call that a difference. */
export function layerTable(evidence: Evidence, family: string): string {
  const [scenario] = scenariosOf(evidence, family);
  if (scenario === undefined) return notIn(family);
  const cpu = (cell: Cell): number | null => cpuPerThousandCalls(cell, ...CALLER_SIDE);
  const base = spreadIn(cellsOf(evidence, scenario, BASE), cpu);
  if (base === undefined) return notIn(family);
  const row = (arm: ArmName, said: string): string[][] => {
    const spread = spreadIn(cellsOf(evidence, scenario, arm), cpu);
    return spread === undefined
      ? []
      : [[code(arm), shownSpread(spread, count), (spread.median / base.median).toFixed(2), said]];
  };
  return markdownTable({
    head: ['arm', 'CPU, ms per 1,000 calls', '× bare', 'finding'],
    rows: [
      ...row(BASE, ''),
      ...row('bare-again', 'what the same differs by'),
      ...LAYERS.flatMap(([arm, under, topic]) =>
        row(arm, `${SAID[relationTold(evidence, scenario, topic, arm, under)]} ${code(under)}`),
      ),
    ],
  });
}

function spreadIn(rounds: readonly Cell[], of: (cell: Cell) => number | null) {
  const sound = rounds.filter((cell) => !isRefused(cell));
  return spreadOf(sound.map(of).filter((value) => value !== null));
}
