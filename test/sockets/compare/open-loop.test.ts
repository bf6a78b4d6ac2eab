import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { intendedStarts } from '../../../src/compare/measure/arrivals.ts';
import { type LoadResult, merged, resultOf } from '../../../src/compare/measure/load-measures.ts';
import { Metronome } from '../../../src/compare/measure/metronome.ts';
import { type OpenLoop, runOpenLoop } from '../../../src/compare/measure/open-loop.ts';
import { ENDED_BY_HARNESS } from '../../../src/compare/result/cell.ts';

const RATE = 200;
const CALLS = 200;

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/`;
}

afterEach(async () => {
  const running = server;
  server = undefined;
  running?.closeAllConnections();
  await new Promise<void>((resolve) => (running === undefined ? resolve() : running.close(() => resolve())));
});

interface Load {
  readonly calls?: number;
  readonly grace?: number;
  readonly before?: (index: number) => void;
}

async function measured(loop: OpenLoop): Promise<LoadResult> {
  return resultOf(await runOpenLoop(loop));
}

/** Its thread is there: on a busy machine that takes longer than a short load. */
async function beating(): Promise<Metronome> {
  const metronome = new Metronome();
  onTestFinished(() => metronome.stop());
  metronome.start(Float64Array.of(performance.timeOrigin + performance.now()));
  while (metronome.beats === 0) await metronome.beatAfter(0);
  return metronome;
}

const constant = (calls: number) => intendedStarts({ arrivals: 'constant', rate: RATE, bursts: [] }, calls, 1);

function load(url: string, { calls = CALLS, grace = 3000, before = () => {} }: Load = {}): Promise<LoadResult> {
  return measured({
    async call(index) {
      before(index);
      try {
        const response = await fetch(url);
        await response.arrayBuffer();
        return { kind: String(response.status), good: response.ok };
      } catch (error) {
        return { kind: String(error), good: false };
      }
    },
    intendedStarts: constant(calls),
    beginAt: performance.now() + 20,
    grace,
  });
}

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function sum(slots: readonly number[]): number {
  return slots.reduce((total, slot) => total + slot, 0);
}

describe('the open loop', () => {
  it('measures a delay that the server makes, from both starts', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end('ok'), 100));
    const result = await load(url, { calls: 60 });
    expect(result).toMatchObject({ calls: 60, good: 60, outcomes: { '200': 60 } });
    expect(result.latency.fromActualStart.count).toBe(60);
    expect(result.latency.fromActualStart.p50).toBeGreaterThanOrEqual(98);
    expect(result.latency.fromIntendedStart.p50).toBeGreaterThanOrEqual(result.latency.fromActualStart.p50 * 0.999);
    expect(result.latency.timeToFail.count).toBe(0);
  });

  it('goes on making calls while the server stalls, so that all who come meanwhile are counted', async () => {
    let stalledUntil = 0;
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      if (requests === 50) stalledUntil = performance.now() + 400;
      setTimeout(() => response.end('ok'), Math.max(0, stalledUntil - performance.now()));
    });
    const result = await load(url);
    // 400 ms at 200 calls per second: 80 of 200 calls wait, on average 200 ms. A closed loop would have seen one.
    expect(result.latency.fromActualStart.p90).toBeGreaterThan(100);
    expect(result.latency.fromIntendedStart.p90).toBeGreaterThan(100);
    expect(sum(result.timeline.offered)).toBe(CALLS);
  });

  it('shows a stall of the client from the intended start', async () => {
    const url = await serve((_, response) => response.end('ok'));
    const result = await load(url, { before: (index) => index === 50 && block(400) });
    // 80 of 200 callers came while the client stood still; their calls were quick once they were made.
    expect(result.latency.fromIntendedStart.p90).toBeGreaterThan(150);
    expect(result.slip.p90).toBeGreaterThan(150);
    expect(result.slip.max).toBeGreaterThanOrEqual(390);
  });

  it('shows nothing of that stall from the actual start: so it would be omitted', async () => {
    const result = await measured({
      async call(index) {
        if (index === 50) block(400);
        return { kind: '200', good: true };
      },
      intendedStarts: constant(CALLS),
      beginAt: performance.now() + 20,
      grace: 1000,
    });
    expect(result.latency.fromIntendedStart.p90).toBeGreaterThan(150);
    expect(result.latency.fromActualStart.p90).toBeLessThan(50);
    // The call that stood still itself.
    expect(result.latency.fromActualStart.max).toBeGreaterThanOrEqual(390);
  });

  it('tells when each call was really made', async () => {
    const { starts } = await measured({
      call: async () => ({ kind: '200', good: true }),
      intendedStarts: constant(20),
      beginAt: performance.now() + 20,
      grace: 1000,
    });
    expect(starts.length).toBe(20);
    for (const [call, start] of starts.entries()) expect(start).toBeGreaterThanOrEqual(call * 5);
  });

  it('is woken by a metronome when a call is due, never before, and makes all of them', async () => {
    const metronome = await beating();
    const before = metronome.beats;
    for (const of of [1, 2]) {
      const { starts, calls, histograms } = await runOpenLoop({
        call: async () => ({ kind: '200', good: true }),
        intendedStarts: constant(40),
        share: { first: of - 1, of },
        beginAt: performance.now() + 50,
        grace: 1000,
        metronome,
      });
      expect(calls).toBe(40 / of);
      expect(histograms.metronome.count).toBeLessThanOrEqual(40 / of);
      for (const [call, start] of starts.entries())
        if (call % of === of - 1) expect(start).toBeGreaterThanOrEqual(call * 5);
      // It beats for each of the calls, on a busy machine after they were made, and tells how late it was with each.
      const beaten = of === 1 ? 40 : 60;
      while (metronome.beats < before + beaten) await metronome.beatAfter(metronome.beats);
      expect(metronome.lateness.length).toBe(40 / of);
      expect(Math.min(...metronome.lateness)).toBeGreaterThanOrEqual(0);
    }
    expect(metronome.beats).toBe(before + 60);
  });

  it('tells what the client was busy with from what the metronome was late', async () => {
    const metronome = await beating();
    const result = await measured({
      async call(index) {
        if (index === 50) block(400);
        return { kind: '200', good: true };
      },
      intendedStarts: constant(CALLS),
      beginAt: performance.now() + 50,
      grace: 1000,
      metronome,
    });
    expect(result.slip.p90).toBeGreaterThan(150);
    // It beats on meanwhile: most of the 80 calls that waited were due in time.
    expect(result.metronome?.p50).toBeLessThan(result.slip.p90);
  });

  it('goes on without a beat, should the thread be gone', async () => {
    const metronome = new Metronome();
    await metronome.stop();
    const loop = { intendedStarts: constant(10), beginAt: performance.now(), grace: 1000, metronome };
    const { calls } = await runOpenLoop({ ...loop, call: async () => ({ kind: '200', good: true }) });
    expect(calls).toBe(10);
  });

  it('makes a share of the calls, and shares add up to the whole', async () => {
    const beginAt = performance.now() + 20;
    const made: number[] = [];
    const part = (first: number) =>
      runOpenLoop({
        async call(index) {
          made.push(index);
          return { kind: index < 10 ? '503' : '200', good: index >= 10 };
        },
        intendedStarts: constant(50),
        share: { first, of: 3 },
        beginAt,
        grace: 1000,
      });
    const whole = resultOf(merged(await Promise.all([part(0), part(1), part(2)])));
    expect(made.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(whole).toMatchObject({ calls: 50, good: 40, outcomes: { '200': 40, '503': 10 } });
    expect(whole.latency.fromActualStart.count).toBe(50);
    expect(whole.latency.timeToFail.count).toBe(10);
    expect(whole.starts.some(Number.isNaN)).toBe(false);
    expect([whole.timeline.offered, whole.timeline.failed].map(sum)).toEqual([50, 10]);
  });

  it('counts failures, how long they took, and when', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(requests % 2 === 0 ? 503 : 200).end();
    });
    const result = await load(url, { calls: 100 });
    expect(result).toMatchObject({ good: 50, outcomes: { '200': 50, '503': 50 } });
    expect(result.latency.timeToFail.count).toBe(50);
    expect(sum(result.timeline.good)).toBe(50);
    expect(sum(result.timeline.failed)).toBe(50);
    expect(result.timeline.offered.length).toBe(5);
  });

  it('ends calls that hang, after the grace', async () => {
    const url = await serve(() => {});
    const result = await load(url, { calls: 20, grace: 200 });
    expect(result.outcomes).toEqual({ [ENDED_BY_HARNESS]: 20 });
    expect(result.good).toBe(0);
    expect(result.latency.timeToFail.count).toBe(20);
    // The last call was meant to start at 95 ms, and the first one at 0 ms: it has waited since it did.
    expect(result.elapsed).toBeGreaterThanOrEqual(290);
    expect(result.latency.timeToFail.max + result.slip.max).toBeGreaterThanOrEqual(290);
    expect(sum(result.timeline.failed)).toBe(0);
  });
});
