import type { ArmName } from '../arms/arm.ts';
import { count, percent, time } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { effectiveSuccess } from '../result/figures.ts';
import { verdictId } from '../result/finding-id.ts';
import { CORES_FOR_SATURATION } from '../result/trust.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Evidence, Question, Said } from './question.ts';
import { armWords } from './words.ts';

/** A rate holds when at least so many calls succeed, in every round. */
const SUCCESS = 0.99;
/** And 99 % of them are done so soon after their intended start, beside the time that they are served. */
const WAIT = 50;

export const saturation: Question = {
  name: 'saturation',
  whyUntold,
  familyFindings: (family) => {
    const why = whyUntold(family[0]?.environment.cores ?? 0);
    if (why !== undefined) return [{ withheld: why }];
    const arms = [...new Set(family.flatMap((one) => [...one.arms.keys()]))];
    return arms.flatMap((arm) => told(arm, family));
  },
};

function whyUntold(cores: number): string | undefined {
  if (cores >= CORES_FOR_SATURATION) return undefined;
  const has = cores === 1 ? '1 core' : `${count(cores)} cores`;
  return `the machine has ${has}; below ${CORES_FOR_SATURATION} load, sidecar and upstream fight for them, and which saturates first is chance`;
}

function told(arm: ArmName, family: readonly Evidence[]): Said[] {
  const rates = family
    .flatMap(({ scenario, arms }) => {
      const cells = arms.get(arm) ?? [];
      return cells.length === 0
        ? []
        : [{ rate: scenario.load.rate, holds: cells.every((cell) => holds(scenario, cell)) }];
    })
    .toSorted((one, other) => one.rate - other.rate);
  if (rates.length === 0) return [];
  const broken = rates.find(({ holds }) => !holds);
  const held = rates.findLast(({ rate, holds }) => holds && (broken === undefined || rate < broken.rate));
  const limits = `(${percent(SUCCESS)} of the calls good, 99 % done within ${time(WAIT)} beside the time of service, from their intended start)`;
  const text =
    held === undefined
      ? `With ${armWords(arm)}, not even ${count(broken?.rate ?? 0)} calls per second hold ${limits}.`
      : `With ${armWords(arm)}, ${count(held.rate)} calls per second hold ${limits}; ` +
        (broken === undefined ? 'more were not measured.' : `${count(broken.rate)} do not.`);
  return [{ id: verdictId(`saturation/${arm}`, held === undefined ? 'none' : String(held.rate)), text }];
}

function holds({ upstream }: Scenario, cell: Cell): boolean {
  return effectiveSuccess(cell) >= SUCCESS && cell.latency.fromIntendedStart.p99 <= upstream.serviceTime + WAIT;
}
