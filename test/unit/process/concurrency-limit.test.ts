import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from '../../../src/process/concurrency-limit.ts';

/** A limit whose slots are all taken, and who is served in which order. */
function fullLimit(limit: number, queue: number) {
  const concurrency = new ConcurrencyLimit({ limit, queue });
  for (let slot = 0; slot < limit; slot++) expect(concurrency.tryAcquire()).toBe(true);
  const served: string[] = [];
  const line = (name: string) => {
    const waiter = concurrency.wait();
    if (waiter === undefined) throw new Error('the queue is full');
    void waiter.promise.then((slot) => served.push(slot ? name : `${name} left`));
    return waiter;
  };
  return { concurrency, served, line };
}

const atRest = () => new Promise(setImmediate);

describe('ConcurrencyLimit', () => {
  it('lets through as many as its limit', () => {
    const concurrency = new ConcurrencyLimit({ limit: 2, queue: 0 });
    expect([concurrency.tryAcquire(), concurrency.tryAcquire(), concurrency.tryAcquire()]).toEqual([true, true, false]);
    expect(concurrency.inUse).toBe(2);
    concurrency.release();
    expect(concurrency.inUse).toBe(1);
    expect(concurrency.tryAcquire()).toBe(true);
  });

  it('has no queue by default of a policy: it rejects at once', () => {
    const { concurrency } = fullLimit(1, 0);
    expect(concurrency.wait()).toBeUndefined();
    expect(concurrency.queued).toBe(0);
  });

  it('has a queue of its length', () => {
    const { concurrency, line } = fullLimit(1, 2);
    line('a');
    line('b');
    expect(concurrency.queued).toBe(2);
    expect(concurrency.wait()).toBeUndefined();
    expect(concurrency.queued).toBe(2);
  });

  it('serves first who came first', async () => {
    const { concurrency, served, line } = fullLimit(2, 4);
    for (const name of ['a', 'b', 'c', 'd']) line(name);
    concurrency.release();
    await atRest();
    expect(served).toEqual(['a']);
    concurrency.release();
    concurrency.release();
    await atRest();
    expect(served).toEqual(['a', 'b', 'c']);
    expect([concurrency.inUse, concurrency.queued]).toEqual([2, 1]);
  });

  it('hands a slot on without letting anybody overtake', async () => {
    const { concurrency, served, line } = fullLimit(1, 1);
    line('a');
    concurrency.release();
    // `a` has not been told yet, but the slot is its own.
    expect(concurrency.tryAcquire()).toBe(false);
    expect(concurrency.inUse).toBe(1);
    await atRest();
    expect(served).toEqual(['a']);
  });

  it.each([
    ['the head', 0, ['b', 'c']],
    ['the middle', 1, ['a', 'c']],
    ['the end', 2, ['a', 'b']],
  ])('lets a waiter leave from %s of the queue', async (_, index, rest) => {
    const { concurrency, served, line } = fullLimit(1, 3);
    const waiters = ['a', 'b', 'c'].map(line);
    waiters[index]?.leave();
    await atRest();
    expect(served).toEqual([`${'abc'[index]} left`]);
    expect(concurrency.queued).toBe(2);
    concurrency.release();
    concurrency.release();
    await atRest();
    expect(served.slice(1)).toEqual(rest);
    concurrency.release();
    expect([concurrency.inUse, concurrency.queued]).toEqual([0, 0]);
  });

  it('gives the place of one who left to the next (cockatiel C6)', () => {
    const { concurrency, line } = fullLimit(1, 1);
    line('a').leave();
    expect(concurrency.queued).toBe(0);
    expect(concurrency.wait()).toBeDefined();
  });

  it('leaves the slot to one who leaves too late: it was served', async () => {
    const { concurrency, served, line } = fullLimit(1, 1);
    const waiter = line('a');
    concurrency.release();
    waiter.leave();
    waiter.leave();
    await atRest();
    expect(served).toEqual(['a']);
    expect(concurrency.inUse).toBe(1);
  });

  it('can be left twice', async () => {
    const { concurrency, served, line } = fullLimit(1, 2);
    const waiter = line('a');
    line('b');
    waiter.leave();
    waiter.leave();
    await atRest();
    expect(served).toEqual(['a left']);
    expect(concurrency.queued).toBe(1);
  });

  it('serves the one of 10,000 that stayed', async () => {
    const { concurrency, served, line } = fullLimit(1, 10_000);
    const waiters = Array.from({ length: 10_000 }, (_, index) => line(String(index)));
    for (const waiter of waiters.toReversed().slice(0, -1)) waiter.leave();
    concurrency.release();
    await atRest();
    expect(served.filter((name) => !name.endsWith('left'))).toEqual(['0']);
  });
});
