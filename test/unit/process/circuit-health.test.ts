import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type CircuitBreaker from 'opossum';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CircuitHealth } from '../../../src/process/circuit-health.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** The real opossum, but every breaker that is made of it is known here; weakly, so that it can still be collected. */
const { made, controllers } = vi.hoisted(() => ({
  made: [] as WeakRef<CircuitBreaker>[],
  controllers: new Set<NodeJS.EventEmitter>(),
}));
vi.mock('opossum', async (original) => {
  const { default: Real } = await original<{ default: typeof CircuitBreaker }>();
  return {
    default: class extends Real {
      constructor(...args: ConstructorParameters<typeof CircuitBreaker>) {
        super(...args);
        made.push(new WeakRef(this));
        controllers.add(args[1].rotateBucketController);
      }
    },
  };
});

let clock: VirtualClock;
let health: CircuitHealth;
beforeEach(() => {
  made.length = 0;
  clock = new VirtualClock();
  health = new CircuitHealth(10_000, clock);
});

function onlyOne(): CircuitBreaker {
  expect(made).toHaveLength(1);
  const opossum = made[0]?.deref();
  if (opossum === undefined) throw new Error('it was collected');
  return opossum;
}

describe('the opossum inside', () => {
  it('is made with the first failure: most upstreams never have one', async () => {
    for (let call = 0; call < 100; call++) health.succeeded();
    await clock.advance(60_000);
    expect(health.totals()).toEqual({ calls: 0, failures: 0 });
    expect(made).toHaveLength(0);
    health.succeeded();
    expect(health.failed()).toEqual({ calls: 2, failures: 1 });
    expect(onlyOne().status.stats).toMatchObject({ fires: 2, failures: 1 });
  });

  it('takes over the successes from before, bucket by bucket', async () => {
    health.succeeded();
    await clock.advance(3000);
    health.succeeded();
    health.succeeded();
    await clock.advance(2000);
    health.failed();
    expect(onlyOne().status.window.map(({ fires }) => fires)).toEqual([1, 0, 2, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('has a window of the same length for what came before it and what comes after', async () => {
    health.succeeded();
    await clock.advance(9999);
    expect(health.failed()).toEqual({ calls: 2, failures: 1 });
    await clock.advance(1);
    expect(health.totals()).toEqual({ calls: 1, failures: 1 });
    await clock.advance(8999);
    expect(health.totals()).toEqual({ calls: 1, failures: 1 });
    await clock.advance(1);
    expect(health.totals()).toEqual({ calls: 0, failures: 0 });
  });

  it('says open while the circuit is', () => {
    health.failed();
    expect(onlyOne().opened).toBe(false);
    health.opened();
    expect(onlyOne().opened).toBe(true);
    health.opened();
    health.closed();
    expect(onlyOne().opened).toBe(false);
    expect(health.totals()).toEqual({ calls: 0, failures: 0 });
    health.opened();
    expect(onlyOne().opened).toBe(true);
  });

  it('forgets before there is one, too', () => {
    health.succeeded();
    health.closed();
    expect(health.totals()).toEqual({ calls: 0, failures: 0 });
  });

  it('is not turned back by a success that is counted to the moment when its attempt began', async () => {
    await clock.advance(4000);
    health.failed();
    health.succeeded(0);
    await clock.advance(9999);
    expect(health.totals()).toEqual({ calls: 2, failures: 1 });
    await clock.advance(1);
    expect(health.totals()).toEqual({ calls: 0, failures: 0 });
  });

  it.each([1, 7, 10, 15, 60_000, 2 ** 31 - 1])('turns a window of %d ms in ten equal steps', async (window) => {
    health = new CircuitHealth(window, clock);
    health.failed();
    await clock.advance(window * 0.95);
    expect(health.totals().calls).toBe(1);
    await clock.advance(window * 0.06);
    expect(health.totals().calls).toBe(0);
  });
});

describe('what goes wrong with opossum by itself', () => {
  it('O16: no latency is kept, so that none has to be sorted', async () => {
    for (let call = 0; call < 2000; call++) {
      health.failed();
      health.succeeded();
      if (call % 100 === 0) {
        expect(onlyOne().status.window.flatMap(({ latencyTimes }) => latencyTimes)).toEqual([]);
        await clock.advance(50);
      }
    }
    // -1: opossum was told to compute neither mean nor percentiles.
    expect(onlyOne().status.stats).toMatchObject({ latencyTimes: [], latencyMean: -1 });
  });

  it('O19: there is no timer and no interval, not even while it is open', () => {
    // Opossum's own are unref'd: no list of what keeps the process alive shows them.
    const timers = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'setTimeout')];
    onTestFinished(() => timers.forEach((timer) => void timer.mockRestore()));
    const many = Array.from({ length: 200 }, () => new CircuitHealth(10_000, clock));
    for (const one of many) {
      one.failed();
      one.opened();
    }
    expect(made).toHaveLength(200);
    expect(timers.flatMap((timer) => timer.mock.calls)).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('O19: nothing keeps one that nobody holds any more', async () => {
    for (let one = 0; one < 200; one++) {
      const dropped = new CircuitHealth(10_000, clock);
      dropped.failed();
      dropped.opened();
    }
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // A WeakRef holds on until the turn in which it was made has ended.
    await new Promise(setImmediate);
    collectGarbage();
    // Nor their buckets, by the one emitter that all of them were given.
    expect([...controllers].map((controller) => controller.listenerCount('rotate'))).toEqual([0]);
    // The engine may keep the last one or two in its registers; a leak keeps all.
    expect(made).toHaveLength(200);
    expect(made.filter((one) => one.deref() !== undefined).length).toBeLessThan(10);
  });
});
