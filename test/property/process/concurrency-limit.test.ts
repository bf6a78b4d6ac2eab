import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConcurrencyLimit, type Waiter } from '../../../src/process/concurrency-limit.ts';

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('enter' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(30) }) },
);

it('never lets more through than its limit, and settles every waiter once, in the order of arrival', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.nat(5),
      fc.array(step, { maxLength: 60, size: 'max' }),
      async (limit, queue, steps) => {
        const concurrency = new ConcurrencyLimit({ limit, queue });
        const waiters: Waiter[] = [];
        const settled: string[] = [];
        // The model: who holds a slot, who stands in line, and what each waiter must have been told.
        let inUse = 0;
        const line: number[] = [];
        const expected: string[] = [];
        for (const one of steps) {
          if (one.kind === 'enter') {
            const slot = concurrency.tryAcquire();
            expect(slot).toBe(inUse < limit);
            if (slot) inUse++;
            else {
              const waiter = concurrency.wait();
              expect(waiter !== undefined).toBe(line.length < queue);
              if (waiter !== undefined) {
                const number = waiters.push(waiter) - 1;
                line.push(number);
                void waiter.promise.then((got) => settled.push(`${number} ${got}`));
              }
            }
          } else if (one.kind === 'leave') {
            waiters[one.which]?.leave();
            const place = line.indexOf(one.which);
            if (place >= 0) {
              line.splice(place, 1);
              expected.push(`${one.which} false`);
            }
          } else if (inUse > 0) {
            concurrency.release();
            const next = line.shift();
            if (next === undefined) inUse--;
            else expected.push(`${next} true`);
          }
          expect(concurrency.inUse).toBe(inUse);
          expect(concurrency.queued).toBe(line.length);
          expect(concurrency.inUse).toBeLessThanOrEqual(limit);
        }
        await new Promise(setImmediate);
        expect(settled).toEqual(expected);

        while (inUse > 0) {
          concurrency.release();
          if (line.shift() === undefined) inUse--;
        }
        await new Promise(setImmediate);
        expect(settled).toHaveLength(waiters.length);
        expect(new Set(settled).size).toBe(waiters.length);
        expect([concurrency.inUse, concurrency.queued]).toEqual([0, 0]);
      },
    ),
  );
});
