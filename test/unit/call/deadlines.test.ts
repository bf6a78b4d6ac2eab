import { beforeEach, describe, expect, it } from 'vitest';
import { Deadlines, type Expires } from '../../../src/call/deadlines.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

let clock: VirtualClock;
let deadlines: Deadlines;
let expired: string[];

beforeEach(() => {
  clock = new VirtualClock();
  deadlines = new Deadlines(clock);
  expired = [];
});

/** Writes down when it was told. */
function target(name: string): Expires {
  return { expire: () => void expired.push(`${name}@${clock.now()}`) };
}

describe('Deadlines', () => {
  it('tells each target at its own time', async () => {
    deadlines.after(100, target('a'));
    await clock.advance(30);
    deadlines.after(100, target('b'));
    deadlines.after(50, target('c'));
    await clock.advance(49);
    expect(expired).toEqual([]);
    await clock.advance(1000);
    expect(expired).toEqual(['c@80', 'a@100', 'b@130']);
  });

  it('tells those of one moment in the order in which they began', async () => {
    for (const name of ['a', 'b', 'c']) deadlines.after(100, target(name));
    await clock.advance(100);
    expect(expired).toEqual(['a@100', 'b@100', 'c@100']);
  });

  it('hands the deadline over, which says when it was due', async () => {
    await clock.advance(7);
    const told: unknown[] = [];
    const deadline = deadlines.after(100, { expire: (passed) => told.push(passed) });
    expect(deadline.at).toBe(107);
    await clock.advance(100);
    expect(told).toEqual([deadline]);
  });

  it('has one timer per duration', async () => {
    for (let call = 0; call < 50; call++) {
      deadlines.after(100, target('a'));
      deadlines.after(200, target('b'));
      await clock.advance(1);
    }
    expect(clock.timers).toBe(2);
    expect(deadlines.size).toBe(2);
  });

  it('leaves no timer after the last', async () => {
    deadlines.after(100, target('a'));
    await clock.advance(50);
    deadlines.after(100, target('b'));
    await clock.advance(100);
    expect(expired).toHaveLength(2);
    expect([clock.timers, deadlines.size]).toEqual([0, 0]);
  });

  it('takes a fraction of a millisecond seriously', async () => {
    deadlines.after(10, target('a'));
    await clock.advance(0.4);
    deadlines.after(10, target('b'));
    await clock.advance(10.3);
    expect(expired).toEqual(['a@10']);
    await clock.advance(1);
    // Timers of Node have whole milliseconds: at most one late, never early.
    expect(expired).toEqual(['a@10', 'b@11']);
  });

  it('waits on when a timer fires early, as those of Node do by a fraction', async () => {
    class Early extends VirtualClock {
      override setTimer(callback: () => void, ms: number) {
        return super.setTimer(callback, ms > 1 ? ms - 0.5 : ms);
      }
    }
    clock = new Early();
    deadlines = new Deadlines(clock);
    deadlines.after(10, target('a'));
    await clock.advance(9.9);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual(['a@10.5']);
  });
});

describe('cancel', () => {
  it.each([
    ['the first', 0, ['b@100', 'c@100']],
    ['one in the middle', 1, ['a@100', 'c@100']],
    ['the last', 2, ['a@100', 'b@100']],
  ])('forgets %s', async (_, index, rest) => {
    const all = ['a', 'b', 'c'].map((name) => deadlines.after(100, target(name)));
    all[index]?.cancel();
    all[index]?.cancel();
    await clock.advance(100);
    expect(expired).toEqual(rest);
    expect(clock.timers).toBe(0);
  });

  it('of all leaves a timer that keeps nothing alive and tells nobody', async () => {
    const all = ['a', 'b', 'c'].map((name) => deadlines.after(100, target(name)));
    for (const deadline of all) deadline.cancel();
    expect(clock.referenced).toBe(0);
    await clock.advance(100);
    expect(expired).toEqual([]);
    expect([clock.timers, deadlines.size]).toEqual([0, 0]);
  });

  it('is harmless afterwards', async () => {
    const deadline = deadlines.after(100, target('a'));
    await clock.advance(100);
    deadlines.after(100, target('b'));
    deadline.cancel();
    deadline.unref();
    expect(clock.referenced).toBe(1);
    await clock.advance(100);
    expect(expired).toEqual(['a@100', 'b@200']);
  });

  it('of another in the same moment keeps it from being told', async () => {
    deadlines.after(100, { expire: () => second.cancel() });
    const second = deadlines.after(100, target('second'));
    await clock.advance(100);
    expect(expired).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('of itself while it is told is harmless', async () => {
    deadlines.after(100, { expire: (deadline) => deadline.cancel() });
    deadlines.after(100, target('b'));
    await clock.advance(100);
    expect(expired).toEqual(['b@100']);
  });

  it('of the only one leaves its list to the next, at its own time', async () => {
    deadlines.after(100, target('a')).cancel();
    await clock.advance(60);
    deadlines.after(100, target('b'));
    expect([clock.timers, clock.referenced]).toEqual([1, 1]);
    await clock.advance(1000);
    expect(expired).toEqual(['b@160']);
    expect(clock.timers).toBe(0);
  });
});

describe('unref', () => {
  it('keeps the process alive while somebody waits, and no longer', () => {
    const a = deadlines.after(100, target('a'));
    const b = deadlines.after(100, target('b'));
    a.unref();
    a.unref();
    a.cancel();
    expect(clock.referenced).toBe(1);
    b.unref();
    expect(clock.referenced).toBe(0);
    deadlines.after(100, target('c'));
    expect(clock.referenced).toBe(1);
  });

  it('of many, one after the other, does not let the process go while one waits', () => {
    for (let call = 0; call < 10; call++) {
      deadlines.after(100, target('a')).cancel();
      deadlines.after(100, target('b')).unref();
    }
    const last = deadlines.after(100, target('c'));
    expect(clock.referenced).toBe(1);
    last.cancel();
    expect(clock.referenced).toBe(0);
  });

  it('still tells', async () => {
    deadlines.after(100, target('a')).unref();
    await clock.advance(100);
    expect(expired).toEqual(['a@100']);
  });

  it('is remembered when the timer is set anew for the rest', async () => {
    deadlines.after(100, target('a'));
    await clock.advance(50);
    deadlines.after(100, target('b')).unref();
    await clock.advance(50);
    expect([clock.timers, clock.referenced]).toEqual([1, 0]);
    await clock.advance(50);
    expect(expired).toEqual(['a@100', 'b@150']);
  });
});

describe('a deadline that is set while another is told', () => {
  /** Sets a new deadline when it is told, as a call's end may begin the next call. */
  function renewing(name: string, ms: number): Expires {
    return {
      expire: () => {
        expired.push(`${name}@${clock.now()}`);
        deadlines.after(ms, target(`${name} again`));
      },
    };
  }

  it('is told in its turn when it is alone', async () => {
    deadlines.after(100, renewing('a', 100));
    await clock.advance(100);
    expect([clock.timers, clock.referenced, deadlines.size]).toEqual([1, 1, 1]);
    await clock.advance(100);
    expect(expired).toEqual(['a@100', 'a again@200']);
    expect([clock.timers, deadlines.size]).toEqual([0, 0]);
  });

  it('does not delay those that were waiting already', async () => {
    deadlines.after(100, renewing('a', 100));
    await clock.advance(50);
    deadlines.after(100, target('b'));
    await clock.advance(500);
    expect(expired).toEqual(['a@100', 'b@150', 'a again@200']);
    expect(clock.timers).toBe(0);
  });

  it('may have another duration', async () => {
    deadlines.after(100, renewing('a', 20));
    deadlines.after(100, target('b'));
    await clock.advance(500);
    expect(expired).toEqual(['a@100', 'b@100', 'a again@120']);
    expect(clock.timers).toBe(0);
  });

  it('comes after those of the same moment', async () => {
    deadlines.after(100, renewing('a', 100));
    deadlines.after(100, renewing('b', 100));
    await clock.advance(200);
    expect(expired).toEqual(['a@100', 'b@100', 'a again@200', 'b again@200']);
    expect(clock.timers).toBe(0);
  });
});
