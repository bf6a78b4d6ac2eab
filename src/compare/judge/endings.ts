import type { Arm, ArmName } from '../arms/arm.ts';
import { count, percent, time } from '../format.ts';
import { type Cell, ENDED_BY_HARNESS } from '../result/cell.ts';
import { failingShare, mainOutcome, outcomesOf } from '../result/figures.ts';
import { verdictId } from '../result/finding-id.ts';
import { shownRounds, spreadOf } from '../result/spread.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { policyOf } from './executed-policy.ts';
import type { Question, Said, Verdict } from './question.ts';
import { tellStockEjection } from './stock-ejection.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';
import { armWords } from './words.ts';

const PAIRS: readonly Pair[] = [
  ['process', 'bare'],
  ['sidecar', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['both', 'process'],
  ['auto', 'process'],
  ['mesh', 'process'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

/** Half of a percent: a call more or less of some hundred is no finding. */
const SHARE_RESOLUTION = 0.005;

/** Used wherever calls fail: with one bad host of three as well. */
export const failing: Tellable = {
  topic: 'endings/failing',
  of: failingShare,
  resolution: () => SHARE_RESOLUTION,
  sentence: (value) => `${value} of the calls fail`,
  shown: (share) => percent(share),
  as: 'many',
};

const timeToFail: Tellable = {
  topic: 'endings/time-to-fail',
  of: medianTimeToFail,
  // Timers of Node are late by a millisecond or two, more when the machine is busy.
  resolution: () => 10,
  sentence: (value) => `the median time until a call fails is ${value}`,
  shown: (ms) => (ms === Number.POSITIVE_INFINITY ? 'longer than the run' : time(ms)),
  as: 'long',
};

export const endings: Question = {
  name: 'endings',
  checks: (scenario, arm, cell) => [deadline(scenario, arm, cell)],
  findings: (evidence) => [
    ...[...evidence.arms].map(([arm, cells]) => ending(arm, cells)),
    ...tellPairs(evidence, [failing, timeToFail], PAIRS),
  ],
  familyFindings: (family) => tellStockEjection(family, [failing]),
};

/** Calls that the harness had to end would have gone on. */
function medianTimeToFail({ latency, outcomes, calls, good }: Cell): number | null {
  if (latency.timeToFail.count === 0) return null;
  const hung = (outcomes[ENDED_BY_HARNESS] ?? 0) * 2 > calls - good;
  return hung ? Number.POSITIVE_INFINITY : latency.timeToFail.p50;
}

/** How much later than the deadline the median may be: timers slip, and a small machine is shared. */
const DEADLINE_SLACK = 150;
const TIMER_EARLY = 0.97;

/** A black hole: who ends the call, with what, and when. */
function deadline(scenario: Scenario, arm: Arm, cell: Cell): Verdict | undefined {
  const { timeout, circuitBreaker, concurrency } = policyOf(scenario);
  const expected = endingInBlackHole(arm);
  // An open circuit or a full queue ends a call at once.
  if (expected !== ENDED_BY_HARNESS && (circuitBreaker !== false || concurrency !== false)) return undefined;
  if (!isBlackHole(scenario) || timeout === false || expected === undefined) return undefined;
  const ended = cell.outcomes[expected] ?? 0;
  const { p50 } = cell.latency.timeToFail;
  const hung = expected === ENDED_BY_HARNESS;
  const inTime = hung || (p50 >= timeout * TIMER_EARLY && p50 <= timeout + DEADLINE_SLACK);
  const others = outcomesOf([cell]).filter(([kind]) => kind !== expected);
  return {
    passed: ended === cell.calls && inTime,
    claim: hung
      ? 'calls hang until the harness ends them'
      : `every call ends with ${expected} at its deadline of ${time(timeout)}`,
    found: [
      `${count(ended)} of ${count(cell.calls)} ${hung ? 'still hung' : `ended with ${expected}`}`,
      ...others.map(([kind, calls]) => `${count(calls)} with ${kind}`),
      `median ${time(p50)}`,
    ].join(', '),
  };
}

function isBlackHole({ faults, sidecarPolicy, tiers }: Scenario): boolean {
  const [fault, ...more] = faults;
  if (fault?.kind !== 'hang' || more.length > 0 || sidecarPolicy !== undefined || tiers > 1) return false;
  const { from, to, host, probability } = fault.when;
  return from === 0 && to === undefined && host === undefined && probability === 1;
}

/** `undefined` where it is somebody else's library, or both layers may be first. */
function endingInBlackHole({ client, sidecar }: Arm): string | undefined {
  // The process keeps the deadline in every mode but `off`; its clock has started before the sidecar's.
  if (client === 'process' || client === 'auto') return 'MESHWISE_TIMEOUT';
  if (client !== 'bare') return undefined;
  // Envoy: a route's timeout is answered with 504 by the sidecar itself.
  return sidecar === 'none' || sidecar === 'forwarding' ? ENDED_BY_HARNESS : '504';
}

function ending(arm: ArmName, cells: readonly Cell[]): Said {
  const { kind, calls } = mainOutcome(cells);
  const all = cells.reduce((total, cell) => total + cell.calls, 0);
  const end = kind === ENDED_BY_HARNESS ? 'still hung when the harness ended them' : `ended with ${kind}`;
  return {
    id: verdictId(`endings/${arm}`, kind),
    text: `With ${armWords(arm)}, ${count(calls)} of ${count(all)} calls ${end}${when(kind, cells)}.`,
  };
}

/** Failing calls only: those that are good have a latency, which is told elsewhere. */
function when(kind: string, cells: readonly Cell[]): string {
  const waits = cells.map(({ latency }) => latency.timeToFail).filter((wait) => wait.count > 0);
  const median = spreadOf(waits.map(({ p50 }) => p50));
  if (median === undefined) return '';
  const longest = Math.max(...waits.map(({ max }) => max));
  if (kind === ENDED_BY_HARNESS) return `, after up to ${time(longest)}`;
  return `; half of the failing calls failed within ${time(median.median)} ${shownRounds(median, time)}, the last after ${time(longest)}`;
}
