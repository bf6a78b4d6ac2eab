import type { ArmName } from '../arms/arm.ts';
import { enumeration } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { verdictId } from '../result/finding-id.ts';
import { relationOf } from '../result/relation.ts';
import { type Spread, shownRounds, spreadOf } from '../result/spread.ts';
import { VARIANT } from '../scenario/combinations.ts';
import { intervalOf } from './closed-form.ts';
import type { Evidence, Question, Said } from './question.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';
import { armWords, variantWords } from './words.ts';

const PAIRS: readonly Pair[] = [
  ['process', 'bare'],
  ['sidecar', 'bare'],
  ['both', 'process'],
  ['both', 'sidecar'],
  ['two-sidecars', 'sidecar'],
  ['auto', 'process'],
  ['auto', 'both'],
  ['mesh', 'process'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

const attemptsPerCall: Tellable = {
  topic: 'attempts/per-call',
  of: (cell) => cell.attempts.perCall,
  resolution: () => 0.01,
  // Calls that fail by themselves have an interval that can be computed; one long round is as good as several.
  error: (cell, scenario) => {
    const relative = intervalOf(scenario, cell.arm, cell.calls);
    return relative === undefined ? undefined : relative * cell.attempts.perCall;
  },
  sentence: (value) => `a call costs the upstream ${value} attempts`,
  shown: (value) => value.toFixed(2),
  as: 'many',
};

export const attempts: Question = {
  name: 'attempts',
  findings: (evidence) => tellPairs(evidence, [attemptsPerCall], PAIRS),
  familyFindings: (family) => {
    // Named alternatives are there to be compared; the values of a matrix are a matter of the table.
    const named = family.filter(({ scenario }) => scenario.variant[VARIANT] !== undefined);
    const arms = [...new Set(named.flatMap((one) => [...one.arms.keys()]))];
    return arms.flatMap((arm) => acrossVariants(arm, named));
  },
};

interface Variant {
  readonly name: string;
  readonly spread: Spread;
}

function acrossVariants(arm: ArmName, family: readonly Evidence[]): Said[] {
  const variants = family
    .flatMap(({ scenario, arms }) => {
      const spread = spreadOf((arms.get(arm) ?? []).map((cell: Cell) => cell.attempts.perCall));
      return spread === undefined ? [] : [{ name: variantWords(scenario), spread }];
    })
    .toSorted((one, other) => one.spread.median - other.spread.median || (one.name < other.name ? -1 : 1));
  if (variants.length < 2) return [];
  const shown = (value: number): string => value.toFixed(2);
  const told = variants.map(({ name, spread }) => `${shown(spread.median)} ${shownRounds(spread, shown)} with ${name}`);
  return [
    {
      id: verdictId(`attempts/variants/${arm}`, orderOf(variants)),
      text: `With ${armWords(arm)}, attempts per call: ${enumeration(told)}.`,
    },
  ];
}

/** From the lowest to the highest. Those that do not differ stand by name: which of their medians is lower is chance. */
function orderOf(variants: readonly Variant[]): string {
  const alike: string[][] = [];
  for (const [index, { name, spread }] of variants.entries()) {
    const before = variants[index - 1];
    if (before !== undefined && relation(before.spread, spread) === '~') alike.at(-1)?.push(name);
    else alike.push([name]);
  }
  return alike.map((names) => names.toSorted().join(' ~ ')).join(' < ');
}

function relation(one: Spread, other: Spread): string {
  return relationOf({ spread: one, error: undefined }, { spread: other, error: undefined }, 0.01);
}
