import type { ArmName } from '../arms/arm.ts';
import { enumeration, percent, time } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { type Course, courseOf, disturbanceOf } from '../result/disturbance.ts';
import { verdictId } from '../result/finding-id.ts';
import { shownRounds, spreadOf } from '../result/spread.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Evidence, Question, Said } from './question.ts';
import { armWords, variantWords } from './words.ts';

/** Goodput is back when it is at least this much of what it was before. */
const BACK = 0.9;

type Verdict = 'returns' | 'stays down' | 'returns in some rounds';

/** Huang et al., OSDI 2022: stable, a trigger, the trigger gone: does goodput return, or do retries keep it down? */
export const metastability: Question = {
  name: 'metastability',
  findings: ({ scenario, arms }) => [...arms].flatMap(([arm, cells]) => told(scenario, arm, cells)),
  familyFindings: acrossVariants,
};

function told(scenario: Scenario, arm: ArmName, cells: readonly Cell[]): Said[] {
  const courses = coursesOf(scenario, cells);
  const verdict = verdictOf(courses);
  if (verdict === undefined) {
    return [{ withheld: `${arm}: the load does not begin before the trigger and go on after it` }];
  }
  const before = shares(courses, ({ before }) => before);
  const during = shares(courses, ({ during }) => during);
  const after = shares(courses, ({ after }) => after);
  const within = `within the ${observed(courses)} observed after it`;
  const conclusion = {
    returns: 'goodput comes back',
    'stays down': `goodput does not come back ${within}`,
    'returns in some rounds': `goodput comes back ${within} in some rounds only`,
  };
  return [
    {
      id: verdictId(`metastability/${arm}`, verdict),
      text:
        `With ${armWords(arm)}, ${before} of the calls are good before the trigger, ${during} while it is on and ` +
        `${after} in the last third of the time after it: ${conclusion[verdict]}.`,
    },
  ];
}

function coursesOf(scenario: Scenario, cells: readonly Cell[]): Course[] {
  const trigger = disturbanceOf(scenario);
  return trigger === undefined ? [] : cells.map((cell) => courseOf(cell, trigger));
}

function verdictOf(courses: readonly Course[]): Verdict | undefined {
  const back = courses.map(({ before, after }) =>
    before === null || after === null || before === 0 ? undefined : after >= BACK * before,
  );
  if (back.length === 0 || back.includes(undefined)) return undefined;
  if (!back.includes(false)) return 'returns';
  return back.includes(true) ? 'returns in some rounds' : 'stays down';
}

/** As long as every round was. */
function observed(courses: readonly Course[]): string {
  return time(Math.min(...courses.map(({ observed }) => observed)));
}

function shares(courses: readonly Course[], of: (course: Course) => number | null): string {
  const spread = spreadOf(courses.map(of).filter((share) => share !== null));
  const shown = (share: number): string => percent(share);
  return spread === undefined ? 'none' : `${shown(spread.median)} ${shownRounds(spread, shown)}`;
}

/** The same arm with several policies: with which of them does goodput come back? */
function acrossVariants(family: readonly Evidence[]): Said[] {
  if (family.length < 2) return [];
  const arms = [...new Set(family.flatMap((one) => [...one.arms.keys()]))];
  return arms.flatMap((arm) => {
    const verdicts = family.flatMap(({ scenario, arms }) => {
      const courses = coursesOf(scenario, arms.get(arm) ?? []);
      const verdict = verdictOf(courses);
      return verdict === undefined ? [] : [{ verdict, courses, variant: variantWords(scenario) }];
    });
    const notBack = verdicts.flatMap(({ verdict, courses }) => (verdict === 'returns' ? [] : courses));
    const named = (wanted: Verdict): string[] =>
      verdicts.filter(({ verdict }) => verdict === wanted).map(({ variant }) => variant);
    const [back, down, some] = [named('returns'), named('stays down'), named('returns in some rounds')];
    if (verdicts.length < 2 || back.length === 0 || down.length === 0) return [];
    const left = some.length === 0 ? '' : ` (${enumeration(some)}: in some rounds only)`;
    return [
      {
        id: verdictId(`metastability/variants/${arm}`, `returns with ${back.join(', ')}, not with ${down.join(', ')}`),
        text:
          `With ${armWords(arm)}, goodput comes back after the trigger with ${enumeration(back)}, and does not come ` +
          `back within the ${observed(notBack)} observed after it with ${enumeration(down)}${left}.`,
      },
    ];
  });
}
