import type { ArmName } from '../arms/arm.ts';
import type { Cell } from '../result/cell.ts';
import type { Relation } from '../result/finding-id.ts';
import { pairedRelation, type Rounds, relationOf } from '../result/relation.ts';
import { type Spread, spreadOf } from '../result/spread.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Evidence } from './question.ts';

/** A figure of a cell that arms can be compared by. */
export interface Comparable {
  /** `null` where the figure has no meaning. */
  readonly of: (cell: Cell, scenario: Scenario) => number | null;
  /** No smaller difference is told: what the measurement itself resolves. */
  readonly resolution: (cell: Cell) => number;
  /**
   * Changes it with the machine, from round to round? Then arms are compared round by round as well, where the same
   * ran twice to tell how much that alone is. Default: only all rounds of one with all rounds of the other.
   */
  readonly drifts?: boolean;
  /** What is known of the error of a single round; without it fewer than five rounds are given a margin. */
  readonly error?: (cell: Cell, scenario: Scenario) => number | undefined;
}

export interface Comparison {
  readonly one: Spread;
  readonly other: Spread;
  readonly relation: Relation;
}

/** An arm in a scenario. */
export interface Side {
  readonly evidence: Evidence;
  readonly arm: ArmName;
}

/** Two arms of one scenario; `undefined` where the figure has no meaning for one of the two. */
export function compareArms(
  evidence: Evidence,
  figure: Comparable,
  one: ArmName,
  other: ArmName,
): Comparison | undefined {
  return compareSides(figure, { evidence, arm: one }, { evidence, arm: other });
}

/** The same of two scenarios, as different as what is compared. */
export function compareSides(figure: Comparable, one: Side, other: Side): Comparison | undefined {
  const [mine, theirs] = [measured(figure, one), measured(figure, other)];
  if (mine === undefined || theirs === undefined) return undefined;
  const resolution = Math.max(...[...mine.cells, ...theirs.cells].map(figure.resolution));
  const noise = Math.max(noiseOf(figure, one.evidence), noiseOf(figure, other.evidence));
  const apart = relationOf(mine, theirs, Math.max(resolution, noise));
  const relation = apart === '~' ? roundByRound(figure, one, other, resolution) : apart;
  return { one: mine.spread, other: theirs.spread, relation };
}

/** Of the rounds in which both ran, and twice the same. */
function roundByRound(figure: Comparable, one: Side, other: Side, resolution: number): Relation {
  if (figure.drifts !== true || one.evidence !== other.evidence) return '~';
  const { scenario, arms } = one.evidence;
  const of = (arm: ArmName): Map<number, number> =>
    new Map((arms.get(arm) ?? []).map((cell) => [cell.round, figure.of(cell, scenario) ?? 0]));
  const [mine, theirs, bare, again] = [of(one.arm), of(other.arm), of('bare'), of('bare-again')];
  const rounds = [...mine.keys()].filter((round) =>
    [mine, theirs, bare, again].every((values) => (values.get(round) ?? 0) > 0),
  );
  const values = (all: Map<number, number>): number[] => rounds.map((round) => all.get(round) ?? Number.NaN);
  const relation = pairedRelation(
    { one: values(mine), other: values(theirs) },
    { one: values(bare), other: values(again) },
  );
  const apart = (spreadOf(values(mine))?.median ?? 0) - (spreadOf(values(theirs))?.median ?? 0);
  // The medians stand in the sentence: they must say the same.
  const shows = Math.abs(apart) > resolution && (relation === '>') === apart > 0;
  return shows ? relation : '~';
}

function measured(
  figure: Comparable,
  { evidence: { scenario, arms }, arm }: Side,
): (Rounds & { readonly cells: readonly Cell[] }) | undefined {
  const cells = arms.get(arm);
  if (cells === undefined) return undefined;
  const values = valuesOf(figure, scenario, cells);
  const spread = values.length === cells.length ? spreadOf(values) : undefined;
  const error = cells.map((cell) => figure.error?.(cell, scenario)).filter((of) => of !== undefined);
  if (spread === undefined) return undefined;
  return { cells, spread, error: error.length === cells.length ? Math.max(...error) : undefined };
}

/** What twice the same differs by at most. */
function noiseOf(figure: Comparable, { scenario, arms }: Evidence): number {
  const [bare, again] = [arms.get('bare') ?? [], arms.get('bare-again') ?? []];
  if (bare.length === 0 || again.length === 0) return 0;
  const spread = spreadOf(valuesOf(figure, scenario, [...bare, ...again]));
  return spread === undefined || spread.low === spread.high ? 0 : spread.high - spread.low;
}

function valuesOf(figure: Comparable, scenario: Scenario, cells: readonly Cell[]): number[] {
  return cells.map((cell) => figure.of(cell, scenario)).filter((value) => value !== null);
}
