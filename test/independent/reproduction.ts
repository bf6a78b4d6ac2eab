import type { ArmName } from '../../src/compare/arms/arm.ts';
import { attemptsPerCall, residualFailure } from '../../src/compare/closed-form.ts';
import { percent } from '../../src/compare/format.ts';
import { TOLERANCE } from '../../src/compare/judge/closed-form.ts';
import type { Relation } from '../../src/compare/result/finding-id.ts';
import { type Rounds, relationOf } from '../../src/compare/result/relation.ts';
import { type Spread, spreadOf } from '../../src/compare/result/spread.ts';
import { type MeasuredRun, PERCENTILES, type Percentile, whyNoLatency } from './measured-run.ts';
import { GENERATORS, type GeneratorName } from './two-generators.ts';

/** Both generators' rounds of one arm. */
export interface ArmRuns {
  readonly arm: ArmName;
  readonly rounds: readonly Readonly<Record<GeneratorName, MeasuredRun>>[];
}

/** One figure by both generators. */
export interface Row {
  readonly figure: string;
  readonly arm: string;
  readonly unit: 'attempts' | 'share' | 'ms';
  readonly by: Readonly<Record<GeneratorName, Spread>>;
  /** Why it is not to be shown. */
  readonly withheld?: string;
}

/** What must hold, or the harness has not been reproduced. */
export interface Claim {
  readonly claim: string;
  readonly passed: boolean;
}

export interface Reproduction {
  readonly rows: readonly Row[];
  readonly claims: readonly Claim[];
}

/** Of a few thousand attempts some may be sent once more after a connection broke. */
const DEMANDED_WITHIN = 0.01;
const DEVIATIONS = 5;

/**
 * Attempts fail with probability `p` and each layer of an arm retries by itself: attempts per call and calls that fail
 * in the end, by both generators, both against what can be computed.
 */
export function randomFaults(
  arms: readonly ArmRuns[],
  p: number,
  limitsOf: (arm: ArmName) => readonly number[],
): Reproduction {
  const rows = arms.flatMap(({ arm, rounds }) => [
    row('attempts per call', arm, 'attempts', rounds, ({ attempts, calls }) => attempts / calls),
    row('calls that fail in the end', arm, 'share', rounds, failing),
  ]);
  const claims = arms.flatMap(({ arm, rounds }) => {
    const limits = limitsOf(arm);
    const [expected, residual] = [attemptsPerCall(p, limits), residualFailure(p, limits)];
    return GENERATORS.flatMap((name) => {
      const runs = rounds.map((round) => round[name]);
      const calls = sum(runs, (run) => run.calls);
      const attempts = sum(runs, (run) => run.attempts);
      const demanded = sum(runs, (run) => run.demanded ?? Number.NaN);
      const margin = DEVIATIONS * Math.sqrt((residual * (1 - residual)) / calls);
      return [
        {
          claim: `${name}, ${arm}: attempts per call are ${expected.toFixed(3)}, within ${percent(TOLERANCE)}`,
          passed: Math.abs(attempts / calls / expected - 1) <= TOLERANCE,
        },
        {
          claim: `${name}, ${arm}: as many attempts as the seed's faults demand, within ${percent(DEMANDED_WITHIN)}`,
          passed: Math.abs(attempts / demanded - 1) <= DEMANDED_WITHIN,
        },
        {
          claim: `${name}, ${arm}: ${percent(residual)} of the calls fail in the end, ± ${percent(margin)}`,
          passed: Math.abs(sum(runs, (run) => run.calls - run.good) / calls - residual) <= margin,
        },
      ];
    });
  });
  return { rows, claims };
}

/** HDR histograms in Node keep three digits; below a hundredth of a millisecond nothing is told. */
const RESOLUTION = 0.01;

/** A hop: percentiles without it and with it, and what it adds in each round. */
export function hop(without: ArmRuns, through: ArmRuns): readonly Row[] {
  return PERCENTILES.flatMap((percentile): Row[] => {
    const pairs = through.rounds.flatMap((round, index) => {
      const before = without.rounds[index];
      return before === undefined ? [] : [{ before, round }];
    });
    const added = (name: GeneratorName): Spread =>
      spread(pairs.map(({ before, round }) => round[name][percentile] - before[name][percentile]));
    const all = [...without.rounds, ...through.rounds];
    return [
      latencyRow(percentile, without),
      latencyRow(percentile, through),
      {
        figure: addedTo(percentile),
        arm: `${through.arm} − ${without.arm}`,
        unit: 'ms',
        by: { harness: added('harness'), vegeta: added('vegeta') },
        ...withheld(all, percentile),
      },
    ];
  });
}

function addedTo(percentile: Percentile): string {
  return `what the hop adds to ${percentile}`;
}

function latencyRow(percentile: Percentile, { arm, rounds }: ArmRuns): Row {
  return { ...row(percentile, arm, 'ms', rounds, (run) => run[percentile]), ...withheld(rounds, percentile) };
}

function withheld(rounds: ArmRuns['rounds'], percentile: Percentile): { readonly withheld?: string } {
  const runs = rounds.flatMap((round) => GENERATORS.map((name) => round[name]));
  const why = whyNoLatency(runs, percentile);
  return why === undefined ? {} : { withheld: why };
}

const WAY: Readonly<Record<Relation, string>> = { '>': 'longer', '<': 'shorter', '~': 'no difference seen' };

/** Which way the hop goes by either generator's rounds, told as the comparison tells differences. */
export function saidOfHop(without: ArmRuns, through: ArmRuns): string {
  const rows = hop(without, through);
  const told = PERCENTILES.map((percentile) => {
    const why = rows.find(({ figure }) => figure === addedTo(percentile))?.withheld;
    if (why !== undefined) return `${percentile} is not told, ${why}`;
    const [own, theirs] = GENERATORS.map((name) => {
      const of = ({ rounds }: ArmRuns): Rounds => ({
        spread: spread(rounds.map((round) => round[name][percentile])),
        error: undefined,
      });
      return WAY[relationOf(of(through), of(without), RESOLUTION)];
    });
    return `${percentile} ${own === theirs ? `${own} by both` : `${own} by the own generator, ${theirs} by vegeta`}`;
  });
  return `Through the hop: ${told.join('; ')}.`;
}

function row(
  figure: string,
  arm: string,
  unit: Row['unit'],
  rounds: ArmRuns['rounds'],
  of: (run: MeasuredRun) => number,
): Row {
  const by = (name: GeneratorName): Spread => spread(rounds.map((round) => of(round[name])));
  return { figure, arm, unit, by: { harness: by('harness'), vegeta: by('vegeta') } };
}

function failing({ calls, good }: MeasuredRun): number {
  return (calls - good) / calls;
}

function spread(values: readonly number[]): Spread {
  const found = spreadOf(values);
  if (found === undefined) throw new Error('no round was run');
  return found;
}

function sum(runs: readonly MeasuredRun[], of: (run: MeasuredRun) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
