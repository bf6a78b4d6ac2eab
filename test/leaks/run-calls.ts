import { getEventListeners } from 'node:events';
import { type Lane, nextTurn } from './lane.ts';
import { OUTCOMES, type Outcome } from './outcomes/index.ts';
import type { SignalUse } from './verdicts.ts';

const CALLS_PER_ROUND = OUTCOMES.reduce((sum, { calls }) => sum + calls, 0);

/** Calls of every outcome, in all lanes at the same time. Returns how many. */
export async function runMixed(lanes: readonly Lane[], signal: AbortSignal, calls: number): Promise<number> {
  const rounds = Math.ceil(calls / CALLS_PER_ROUND);
  let begun = 0;
  const work = async (lane: Lane) => {
    while (begun < rounds) {
      begun++;
      await Promise.all(OUTCOMES.map((outcome) => run(outcome, lane, signal)));
      // The next round wants the slots of this one.
      await nextTurn();
    }
  };
  await Promise.all(lanes.map(work));
  return rounds * CALLS_PER_ROUND;
}

/** Calls one after the other on one signal; after each, nobody may listen to it any more. */
export async function runOnSignal(lane: Lane, signal: AbortSignal, calls: number): Promise<SignalUse> {
  // Timers and aborts take time and say nothing new each time: once in a round, the others ten times.
  const quick = OUTCOMES.filter(({ ends, name }) => ends && name.startsWith('a'));
  const plan = [...Array.from({ length: 10 }, () => quick).flat(), ...OUTCOMES.filter(({ ends }) => ends)];
  let made = 0;
  let mostListeners = 0;
  for (let next = 0; made < calls; next = (next + 1) % plan.length) {
    const outcome = plan[next];
    if (outcome === undefined) break;
    await run(outcome, lane, signal);
    await nextTurn();
    made += outcome.calls;
    mostListeners = Math.max(mostListeners, getEventListeners(signal, 'abort').length);
  }
  return { calls: made, mostListeners };
}

/** No outcome waits for more than a few milliseconds; one that does not end is a failure, not a test that hangs. */
const PATIENCE = 60_000;

async function run(outcome: Outcome, lane: Lane, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    await Promise.race([outcome.run(lane, signal), late]);
  } catch (error) {
    throw new Error(`${outcome.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
