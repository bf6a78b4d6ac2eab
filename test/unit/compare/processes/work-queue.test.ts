import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../../../src/compare/processes/upstream/work-queue.ts';
import type { Fault } from '../../../../src/compare/scenario/fault.ts';

function queue(serviceTime: number, concurrency: number | undefined, faults: readonly Fault[] = [], host = 1) {
  return new WorkQueue({ serviceTime, concurrency, faults, host });
}

function slower(from: number, to: number, host?: number): Fault {
  return { kind: 'capacity', factor: 0.5, when: { from, to, probability: 1, host } };
}

describe('the work queue of a host', () => {
  it('serves everything at once without a limit', () => {
    const unlimited = queue(10, undefined);
    expect([0, 0, 0, 5].map((arrival) => unlimited.servedAt(arrival))).toEqual([10, 10, 10, 15]);
  });

  it('serves as many at once as it can, the others in order of arrival', () => {
    const two = queue(10, 2);
    expect([0, 1, 2, 3, 4].map((arrival) => two.servedAt(arrival))).toEqual([10, 11, 20, 21, 30]);
    expect(two.servedAt(100)).toBe(110);
  });

  it('takes longer for what it begins while it has less capacity', () => {
    const one = queue(10, 1, [slower(10, 30)]);
    expect([0, 0, 0, 0].map((arrival) => one.servedAt(arrival))).toEqual([10, 30, 40, 50]);
    expect([0, 0].map((arrival) => queue(10, 1, [slower(0, 30, 2)], 1).servedAt(arrival))).toEqual([10, 10]);
    expect(queue(10, 1, [slower(0, 30, 2)], 2).servedAt(0)).toBe(20);
    expect(queue(10, undefined, [slower(0, 30)]).servedAt(0)).toBe(20);
  });

  it('has exactly the capacity that concurrency and service time make, whatever arrives', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(20), { minLength: 50, maxLength: 200 }),
        (concurrency, serviceTime, gaps) => {
          const worker = queue(serviceTime, concurrency);
          let arrival = 0;
          const served = gaps.map((gap) => {
            arrival += gap;
            return worker.servedAt(arrival);
          });
          expect(served).toEqual(served.toSorted((a, b) => a - b));
          // In no stretch as long as the service time more are finished than can be served at once.
          for (const [index, end] of served.entries()) {
            const later = served[index + concurrency];
            if (later !== undefined) expect(later - end).toBeGreaterThanOrEqual(serviceTime);
          }
        },
      ),
    );
  });
});
