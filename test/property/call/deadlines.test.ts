import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Deadline, Deadlines } from '../../../src/call/deadlines.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const DURATIONS = [10, 25, 100] as const;

type Step =
  | { readonly kind: 'add'; readonly ms: number; readonly whenTold: WhenTold }
  | { readonly kind: 'cancel' | 'unref'; readonly which: number }
  | { readonly kind: 'advance'; readonly ms: number };

type WhenTold =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'add'; readonly ms: number }
  /** One of the same duration: within one moment, those of different durations have no order to rely on. */
  | { readonly kind: 'cancel'; readonly which: number };

const NOTHING: WhenTold = { kind: 'nothing' };
const duration = fc.constantFrom(...DURATIONS);

const whenTold: fc.Arbitrary<WhenTold> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(NOTHING) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), ms: duration }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(20) }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), ms: duration, whenTold }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'unref' as const), which: fc.nat(20) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(40) }) },
);

/** A timer for each, which is what the lists are to look like. */
class OneTimerEach implements Pick<Deadlines, 'after'> {
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  after(ms: number, target: { expire(deadline: Deadline): void }): Deadline {
    const timer = this.#clock.setTimer(() => target.expire(deadline), ms);
    const deadline: Deadline = {
      at: this.#clock.now() + ms,
      cancel: () => this.#clock.clearTimer(timer),
      unref: () => timer.unref(),
    };
    return deadline;
  }
}

interface History {
  readonly told: readonly string[];
  /** After each step: would the process be kept alive? */
  readonly alive: readonly boolean[];
  readonly timers: readonly number[];
  readonly timersAtEnd: number;
}

async function play(steps: readonly Step[], make: (clock: VirtualClock) => Pick<Deadlines, 'after'>): Promise<History> {
  const clock = new VirtualClock();
  const deadlines = make(clock);
  const all: { readonly ms: number; readonly deadline: Deadline }[] = [];
  const told: string[] = [];
  const alive: boolean[] = [];
  const timers: number[] = [];

  function add(name: string, ms: number, reaction: WhenTold): Deadline {
    const deadline = deadlines.after(ms, {
      expire: (passed) => {
        told.push(`${clock.now()}: ${name}`);
        expect(passed).toBe(deadline);
        if (reaction.kind === 'add') add(`after ${name}`, reaction.ms, NOTHING);
        else if (reaction.kind === 'cancel' && all[reaction.which]?.ms === ms) all[reaction.which]?.deadline.cancel();
      },
    });
    return deadline;
  }

  for (const one of steps) {
    if (one.kind === 'add') all.push({ ms: one.ms, deadline: add(String(all.length), one.ms, one.whenTold) });
    else if (one.kind === 'advance') await clock.advance(one.ms);
    else all[one.which]?.deadline[one.kind]();
    alive.push(clock.referenced > 0);
    timers.push(clock.timers);
  }
  await clock.advance(1000);
  return { told, alive, timers, timersAtEnd: clock.timers };
}

it('is as if every deadline had a timer of its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const lists = await play(steps, (clock) => new Deadlines(clock));
      const model = await play(steps, (clock) => new OneTimerEach(clock));
      // Within one moment lists of different durations are told in another order than single timers.
      expect([...lists.told].sort()).toEqual([...model.told].sort());
      expect(lists.alive).toEqual(model.alive);
      expect(Math.max(0, ...lists.timers)).toBeLessThanOrEqual(DURATIONS.length);
      expect(lists.timersAtEnd).toBe(0);
    }),
  );
});
