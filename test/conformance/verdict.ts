import { type Arm, BACKOFF, type Case } from './case.ts';
import { DIFFERENCE_IDS, type DifferenceId } from './differences.ts';
import { type Prediction, predict } from './prediction.ts';
import type { Seen } from './seen.ts';

export type Verdict =
  | { readonly kind: 'agrees' }
  /** It differs from the process by exactly these. */
  | { readonly kind: 'explained'; readonly by: readonly DifferenceId[] }
  | { readonly kind: 'unexplained'; readonly how: readonly string[] };

/** An arrival is stamped when the event loop comes to it, which may be late, so the time to the next looks shorter. */
const SLACK = 50;
/** A bound for what should be quick, on a machine that does other things. */
const SECONDS = 10_000;

/** Which differences change what is to be seen of this case. */
export function differencesOf(one: Case, arm: Arm): readonly DifferenceId[] {
  const all = shown(predict(one, arm));
  return DIFFERENCE_IDS.filter((id) => shown(predict(one, arm, id)) !== all);
}

/** What one arm showed, against what the policy and the differences say. */
export function verdictOf(one: Case, arm: Arm, seen: Seen): Verdict {
  const how = departures(predict(one, arm), seen, one);
  if (how.length > 0) return { kind: 'unexplained', how };
  const by = differencesOf(one, arm);
  return by.length === 0 ? { kind: 'agrees' } : { kind: 'explained', by };
}

function shown({ attempts, ending, status, answer, waits }: Prediction): string {
  return JSON.stringify([attempts, ending, status, answer, waits.map((wait) => Math.min(wait, SECONDS))]);
}

function departures(expected: Prediction, seen: Seen, { upstream }: Case): string[] {
  const is = (aspect: 'attempts' | 'ending' | 'status' | 'answer') =>
    expected[aspect] === seen[aspect] ? [] : [`${aspect}: ${seen[aspect]} instead of ${expected[aspect]}`];
  return [
    ...seen.faults,
    ...is('attempts'),
    ...is('ending'),
    ...is('status'),
    ...is('answer'),
    ...(upstream === 'refused' ? [] : waitDepartures(expected.waits, seen.gaps)),
    ...(seen.ms < expected.least - SLACK ? [`ended after ${seen.ms} ms, before ${expected.least}`] : []),
  ];
}

/** Back-off has full jitter: all that two runs have in common are its bounds. */
function waitDepartures(waits: readonly number[], gaps: readonly number[]): string[] {
  return waits.flatMap((least, index) => {
    const gap = gaps[index];
    if (gap === undefined || (gap >= least - SLACK && gap <= least * 1.5 + BACKOFF.max + SECONDS)) return [];
    return [`attempt ${index + 2} came ${gap} ms after the one before it; at least ${least} had to pass`];
  });
}
