import type { ArmName } from '../arms/arm.ts';
import { percent } from '../format.ts';
import { pairId } from '../result/finding-id.ts';
import { shownRange, shownRounds } from '../result/spread.ts';
import { type ToldPercentile, whyNoLatency } from '../result/trust.ts';
import { type Comparable, type Comparison, compareArms } from './difference.ts';
import type { Evidence, Said } from './question.ts';
import { armWords } from './words.ts';

/** The arm that a sentence is about, and the one that it is compared to. */
export type Pair = readonly [one: ArmName, other: ArmName];

/** A figure with the words to tell it. */
export interface Tellable extends Comparable {
  /** `cost/client-cpu`; the beginning of a finding's id. */
  readonly topic: string;
  /** `the client needs 300 ms of CPU per 1,000 calls` */
  readonly sentence: (value: string) => string;
  readonly shown: (value: number) => string;
  readonly as: 'much' | 'many' | 'long';
  /** Of a latency, which a busy machine spoils: which one it is. */
  readonly latency?: ToldPercentile;
}

/** What is to be told of these pairs, as far as their arms ran; once why nothing is, where the machine spoilt it. */
export function tellPairs(evidence: Evidence, figures: readonly Tellable[], pairs: readonly Pair[]): Said[] {
  const ran = pairs.filter((pair) => pair.every((arm) => evidence.arms.has(arm)));
  const spoilt = new Map<ToldPercentile, Set<ArmName>>();
  const said = figures.flatMap((figure) =>
    ran.flatMap(([one, other]) => {
      const bad = [one, other].filter((arm) => figure.latency && whyNoLatencyOf(evidence, arm, figure.latency));
      if (figure.latency && bad.length > 0) {
        spoilt.set(figure.latency, new Set([...(spoilt.get(figure.latency) ?? []), ...bad]));
      }
      const comparison = bad.length > 0 ? undefined : compareArms(evidence, figure, one, other);
      return comparison === undefined ? [] : [told(figure, comparison, one, other)];
    }),
  );
  const reasons = Map.groupBy(spoilt, ([percentile, arms]) => {
    const cells = [...arms].flatMap((arm) => evidence.arms.get(arm) ?? []);
    return whyNoLatency(cells, percentile) ?? '';
  });
  const withheld = [...reasons].map(([why, of]) => ({
    withheld: `${of.map(([percentile]) => percentile).join(' and ')}: ${why}`,
  }));
  return [...said, ...withheld];
}

function whyNoLatencyOf({ arms }: Evidence, arm: ArmName, percentile: ToldPercentile): string | undefined {
  return whyNoLatency(arms.get(arm) ?? [], percentile);
}

function told(figure: Tellable, comparison: Comparison, arm: ArmName, reference: ArmName): Said {
  return {
    id: pairId(figure.topic, arm, comparison.relation, reference),
    text: comparedSentence(figure, comparison, armWords(arm), armWords(reference)),
  };
}

/** `With <one>, … instead of … with <other>: 60 % fewer.` */
export function comparedSentence(
  figure: Tellable,
  { one, other, relation }: Comparison,
  subject: string,
  reference: string,
): string {
  const { shown } = figure;
  const mine = `With ${subject}, ${figure.sentence(shown(one.median))} ${shownRounds(one, shown)}`;
  // How many rounds there were is said once, where they were as many.
  const range = other.low === other.high ? '' : ` (${shownRange(other, shown)})`;
  const theirs = shown(other.median) + (one.rounds === other.rounds ? range : ` ${shownRounds(other, shown)}`);
  return relation === '~'
    ? `${mine}, with ${reference} ${theirs}: no difference seen.`
    : `${mine} instead of ${theirs} with ${reference}${factor(one.median, other.median, figure.as)}${everyRound({ one, other })}.`;
}

/** Where the ranges do not show it: from round to round the machine changed more than from one arm to the other. */
function everyRound({ one, other }: Pick<Comparison, 'one' | 'other'>): string {
  return one.low <= other.high && other.low <= one.high ? ', compared round by round' : '';
}

/** Below this factor a percentage is easier to grasp. */
const TIMES = 1.5;

function factor(value: number, reference: number, as: Tellable['as']): string {
  const ratio = value / reference;
  if (!Number.isFinite(ratio) || ratio === 0) return '';
  if (ratio >= TIMES) return `: ${ratio.toFixed(1)} times as ${as}`;
  const [more, less] = as === 'many' ? ['more', 'fewer'] : as === 'long' ? ['longer', 'shorter'] : ['more', 'less'];
  return `: ${percent(Math.abs(ratio - 1), 0)} ${ratio > 1 ? more : less}`;
}
