import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** Writes down what happened when, on the clock's scale. */
function aLog(clock: VirtualClock): { readonly lines: string[]; readonly note: (name: string) => () => void } {
  const lines: string[] = [];
  return { lines, note: (name) => () => lines.push(`${name}@${clock.now()}`) };
}

describe('VirtualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = new VirtualClock();
    expect(clock.now()).toBe(0);
    await clock.advance(1500);
    expect(clock.now()).toBe(1500);
    await clock.advance(0.25);
    expect(clock.now()).toBe(1500.25);
  });

  it('has a wall time that moves along', async () => {
    const clock = new VirtualClock({ epoch: 1_000_000 });
    await clock.advance(5);
    expect(clock.wallTime()).toBe(1_000_005);
    clock.epoch = 0;
    expect(clock.wallTime()).toBe(5);
  });

  it('fires each timer at its own time, in the order of time and then of creation', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    clock.setTimer(note('c'), 30);
    clock.setTimer(note('a'), 10);
    clock.setTimer(note('b'), 10);
    clock.setTimer(note('late'), 31);
    await clock.advance(30);
    expect(lines).toEqual(['a@10', 'b@10', 'c@30']);
    expect(clock.timers).toBe(1);
  });

  it('lets promise chains come to rest between two steps', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    clock.setTimer(() => {
      void (async () => {
        for (let step = 0; step < 50; step++) await undefined;
        note('chain')();
        const body = new Response(new Blob(['text'])).body;
        for await (const _ of body ?? []) note('stream')();
      })();
    }, 10);
    clock.setTimer(note('next'), 11);
    await clock.advance(20);
    expect(lines).toEqual(['chain@10', 'stream@10', 'next@11']);
  });

  it('lets what is under way come to rest before the first step', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    void (async () => {
      await undefined;
      clock.setTimer(note('set late'), 10);
    })();
    await clock.advance(10);
    expect(lines).toEqual(['set late@10']);
  });

  it('lets timers that are set meanwhile take part', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    clock.setTimer(() => clock.setTimer(note('second'), 10), 10);
    clock.setTimer(() => clock.setTimer(note('beyond'), 11), 10);
    await clock.advance(20);
    expect(lines).toEqual(['second@20']);
    await clock.advance(1);
    expect(lines).toEqual(['second@20', 'beyond@21']);
  });

  it('fires a timer of 0 ms in the next step, not at once', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    clock.setTimer(note('zero'), 0);
    expect(lines).toEqual([]);
    await clock.advance(0);
    expect(lines).toEqual(['zero@0']);
  });

  it('never fires what was cleared, not even at the same time', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    const cleared = clock.setTimer(note('cleared'), 10);
    clock.clearTimer(cleared);
    const first = clock.setTimer(() => clock.clearTimer(second), 10);
    const second = clock.setTimer(note('second'), 10);
    await clock.advance(10);
    clock.clearTimer(first);
    expect(lines).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('counts the timers that run, and those that keep a process alive', async () => {
    const clock = new VirtualClock();
    const timer = clock.setTimer(() => undefined, 10);
    clock.setTimer(() => undefined, 20).unref();
    expect([clock.timers, clock.referenced]).toEqual([2, 1]);
    timer.unref();
    expect(clock.referenced).toBe(0);
    timer.ref();
    expect(clock.referenced).toBe(1);
    await clock.advance(10);
    expect([clock.timers, clock.referenced]).toEqual([1, 0]);
  });

  it('jumps to the next timer, one at a time', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    clock.setTimer(note('a'), 86_400_000);
    clock.setTimer(note('b'), 86_400_000);
    expect(await clock.next()).toBe(true);
    expect(lines).toEqual(['a@86400000']);
    expect(await clock.next()).toBe(true);
    expect(await clock.next()).toBe(false);
    expect(clock.now()).toBe(86_400_000);
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(
    'does not advance by %d',
    async (ms) => {
      const clock = new VirtualClock();
      await expect(clock.advance(ms)).rejects.toThrow(new RangeError(`time passes by 0 ms or more, not by ${ms}`));
      await clock.advance(1);
      expect(clock.now()).toBe(1);
    },
  );

  it.each([-1, -0.001, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])('sets no timer for %d ms', (ms) => {
    const clock = new VirtualClock();
    expect(() => clock.setTimer(() => undefined, ms)).toThrow(RangeError);
    expect(clock.timers).toBe(0);
  });

  it('takes the longest timer of Node', async () => {
    const clock = new VirtualClock();
    clock.setTimer(() => undefined, 2 ** 31 - 1);
    expect(await clock.next()).toBe(true);
    expect(clock.now()).toBe(2 ** 31 - 1);
  });

  it('refuses to be moved by two at once', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('is being moved already');
    await expect(clock.next()).rejects.toThrow('is being moved already');
    await first;
    expect(clock.now()).toBe(10);
  });

  it('stops where a callback throws, and goes on afterwards', async () => {
    const clock = new VirtualClock();
    const { lines, note } = aLog(clock);
    clock.setTimer(() => {
      throw new Error('a bug');
    }, 10);
    clock.setTimer(note('after'), 15);
    await expect(clock.advance(20)).rejects.toThrow('a bug');
    expect(clock.now()).toBe(10);
    await clock.advance(10);
    expect(lines).toEqual(['after@15']);
  });
});
