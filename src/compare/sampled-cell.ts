import { availableParallelism } from 'node:os';
import { type CellPlan, runCell } from './cell.ts';
import { percent, time } from './format.ts';
import { attemptsInterval } from './measure/attempts-interval.ts';
import type { Cell } from './result/cell.ts';
import { BLURRING_SLIP, LATE_GENERATOR } from './result/trust.ts';
import { callsOf, TOLERANCE } from './scenario/planned-time.ts';
import type { Scenario } from './scenario/scenario.ts';

export interface SamplingPlan extends Omit<CellPlan, 'calls'> {
  /** May the cell be run once more when it was disturbed? */
  readonly mayRepeat: boolean;
}

/** A mean whose interval is still too wide gets more calls; how often, at most. */
const MORE_SAMPLES = 2;

/** A little more than needed: the next sample has a spread of its own. */
const RESERVE = 1.1;

/**
 * A cell that says something: with as many calls as the closed form's interval needs, and once more when the generator
 * was late or somebody else used the machine. What comes out the second time counts, whatever it is.
 */
export async function sampledCell({ mayRepeat, ...plan }: SamplingPlan, run: typeof runCell = runCell): Promise<Cell> {
  const { scenario, arm } = plan;
  const cell = await narrowed(plan, callsOf(scenario, arm), run);
  const why = mayRepeat ? whyDisturbed(scenario, cell) : undefined;
  if (why === undefined) return cell;
  return { ...(await narrowed(plan, cell.calls, run)), repeated: why };
}

async function narrowed(plan: Omit<CellPlan, 'calls'>, firstCalls: number, run: typeof runCell): Promise<Cell> {
  let calls = firstCalls;
  for (let sample = 0; ; sample += 1) {
    const cell = await run({ ...plan, calls });
    if (!plan.scenario.questions.includes('closed-form') || sample === MORE_SAMPLES) return cell;
    const interval = attemptsInterval(cell.attempts.callsByAttempts);
    if (interval <= TOLERANCE || !Number.isFinite(interval)) return cell;
    calls = Math.ceil(calls * (interval / TOLERANCE) ** 2 * RESERVE);
  }
}

/** The share of the machine that others may use while something is measured that depends on it. */
const OTHERS = 0.25;

/** In words why a cell is no good; `undefined` when it is. */
export function whyDisturbed({ questions }: Scenario, cell: Cell): string | undefined {
  if (cell.slip.p99 > LATE_GENERATOR) return `1 % of its calls were made ${time(cell.slip.p99)} late or more`;
  const blurred = cell.metronome?.p99 ?? 0;
  if (questions.includes('latency') && blurred > BLURRING_SLIP)
    return `the generator was ${time(blurred)} late with 1 % of the calls`;
  if (cell.machineBusy === null || !(questions.includes('latency') || questions.includes('cost'))) return undefined;
  const own = cell.usage.reduce((sum, { cpu }) => sum + cpu, 0) / (cell.elapsed * availableParallelism());
  const others = cell.machineBusy - own;
  return others > OTHERS ? `other programs used ${percent(others, 0)} of the machine` : undefined;
}
