import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RetryBudget } from '../../../src/process/retry-budget.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const thousandths = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 1000);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deposit' as const), times: fc.integer({ min: 1, max: 8 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('withdraw' as const), times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('reserve' as const), times: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('giveBack' as const), times: fc.integer({ min: 0, max: 5 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 1500 }), fc.constantFrom(999, 1000, 1001, 9999, 10_000, 123_456)),
    }),
  },
);

/** Every amount with its time, and the sum of those of the last ten seconds, by whole seconds since the start. */
class Ledger {
  readonly #entries: { readonly second: number; readonly amount: number }[] = [];

  add(now: number, amount: number): void {
    this.#entries.push({ second: Math.floor(now / 1000), amount });
  }

  balance(now: number, reserve: number): number {
    const second = Math.floor(now / 1000);
    return this.#entries.reduce((sum, entry) => (entry.second > second - 10 ? sum + entry.amount : sum), reserve);
  }
}

it('is what a ledger of the last ten seconds says', async () => {
  await fc.assert(
    fc.asyncProperty(
      thousandths(2000),
      thousandths(1500),
      fc.array(step, { maxLength: 60, size: 'max' }),
      async (ratio, minPerSecond, steps) => {
        const clock = new VirtualClock();
        const budget = new RetryBudget({ ratio, minPerSecond }, clock);
        const ledger = new Ledger();
        const reserve = Math.round(minPerSecond * 10_000);
        const reserved: { readonly slot: number; readonly at: number; readonly retries: number }[] = [];
        const available = () => Math.max(0, Math.floor(ledger.balance(clock.now(), reserve) / 1000));
        for (const one of steps) {
          if (one.kind === 'advance') await clock.advance(one.ms);
          else if (one.kind === 'reserve') {
            const allowed = available() >= one.times;
            const slot = budget.reserve(one.times);
            expect(slot !== undefined).toBe(allowed);
            if (slot === undefined) continue;
            ledger.add(clock.now(), -1000 * one.times);
            reserved.push({ slot, at: clock.now(), retries: one.times });
          } else if (one.kind === 'giveBack') {
            const oldest = reserved.shift();
            if (oldest === undefined) continue;
            const retries = Math.min(one.times, oldest.retries);
            budget.giveBack(retries, oldest.slot);
            ledger.add(oldest.at, 1000 * retries);
          } else {
            for (let time = 0; time < one.times; time++) {
              if (one.kind === 'deposit') {
                budget.deposit();
                ledger.add(clock.now(), Math.round(ratio * 1000));
              } else {
                const allowed = available() >= 1;
                expect(budget.withdraw()).toBe(allowed);
                if (allowed) ledger.add(clock.now(), -1000);
              }
            }
          }
          expect(budget.available).toBe(available());
        }
        expect(clock.timers).toBe(0);
      },
    ),
  );
});
