import type { ArmName } from '../arms/arm.ts';
import type { Cell } from '../result/cell.ts';
import type { Relation } from '../result/finding-id.ts';
import { type Rounds, relationOf } from '../result/relation.ts';
import { type Spread, spreadOf } from '../result/spread.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Evidence } from './question.ts';

/** A figure of a cell that arms can be compared by. */
export interface Comparable {
  /** `null` where the figure has no meaning. */
  readonly of: (cell: Cell, scenario: Scenario) => number | null;
  /** No smaller difference is told: what the measurement itself resolves. */
  readonly resolution: (cell: Cell) => number;
  /** What is known of the error of a single round; without it fewer than five rounds are given a margin. */
  readonly error?: (cell: Cell, scenario: Scenario) => number | undefined;
}

export interface Comparison {
  readonly one: Spread;
  readonly other: Spread;
  readonly relation: Relation;
}

/** `undefined` where the figure has no meaning for one of the two arms. */
export function compareArms(
  { scenario, arms }: Evidence,
  figure: Comparable,
  one: ArmName,
  other: ArmName,
): Comparison | undefined {
  const [mine, theirs] = [measured(arms.get(one)), measured(arms.get(other))];
  if (mine === undefined || theirs === undefined) return undefined;
  const resolution = Math.max(...[...mine.cells, ...theirs.cells].map(figure.resolution));
  const noise = noiseOf(arms.get('bare'), arms.get('bare-again'));
  const relation = relationOf(mine, theirs, Math.max(resolution, noise));
  return { one: mine.spread, other: theirs.spread, relation };

  function measured(cells: readonly Cell[] | undefined): (Rounds & { readonly cells: readonly Cell[] }) | undefined {
    if (cells === undefined) return undefined;
    const values = valuesOf(cells);
    const spread = values.length === cells.length ? spreadOf(values) : undefined;
    const error = cells.map((cell) => figure.error?.(cell, scenario)).filter((of) => of !== undefined);
    if (spread === undefined) return undefined;
    return { cells, spread, error: error.length === cells.length ? Math.max(...error) : undefined };
  }

  /** What twice the same differs by at most. */
  function noiseOf(bare: readonly Cell[] = [], again: readonly Cell[] = []): number {
    if (bare.length === 0 || again.length === 0) return 0;
    const spread = spreadOf(valuesOf([...bare, ...again]));
    return spread === undefined || spread.low === spread.high ? 0 : spread.high - spread.low;
  }

  function valuesOf(cells: readonly Cell[]): number[] {
    return cells.map((cell) => figure.of(cell, scenario)).filter((value) => value !== null);
  }
}
