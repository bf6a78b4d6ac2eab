import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { intendedStarts } from '../../../src/compare/arrivals.ts';
import { ENDED_BY_HARNESS, type LoadResult, runOpenLoop } from '../../../src/compare/open-loop.ts';

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

function load(url: string, { calls = CALLS, grace = 3000, before = () => {} }: Load = {}): Promise<LoadResult> {
  return runOpenLoop({
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
    intendedStarts: intendedStarts('constant', RATE, calls, 1),
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
    expect(result.fromActualStart.count).toBe(60);
    expect(result.fromActualStart.p50).toBeGreaterThanOrEqual(98);
    expect(result.fromIntendedStart.p50).toBeGreaterThanOrEqual(result.fromActualStart.p50 * 0.999);
    expect(result.timeToFail.count).toBe(0);
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
    expect(result.fromActualStart.p90).toBeGreaterThan(100);
    expect(result.fromIntendedStart.p90).toBeGreaterThan(100);
    expect(sum(result.timeline.offered)).toBe(CALLS);
  });

  it('shows a stall of the client from the intended start, and not from the actual start', async () => {
    const url = await serve((_, response) => response.end('ok'));
    const result = await load(url, { before: (index) => index === 50 && block(400) });
    // 80 of 200 callers came while the client stood still; their calls were quick once they were made.
    expect(result.fromIntendedStart.p90).toBeGreaterThan(150);
    expect(result.fromActualStart.p50).toBeLessThan(result.fromIntendedStart.p90 / 2);
    expect(result.slip.p90).toBeGreaterThan(150);
    expect(result.slip.max).toBeGreaterThanOrEqual(390);
  });

  it('shows nothing of that stall from the actual start when calls take no time', async () => {
    const result = await runOpenLoop({
      async call(index) {
        if (index === 50) block(400);
        return { kind: '200', good: true };
      },
      intendedStarts: intendedStarts('constant', RATE, CALLS, 1),
      beginAt: performance.now() + 20,
      grace: 1000,
    });
    expect(result.fromIntendedStart.p90).toBeGreaterThan(150);
    expect(result.fromActualStart.p90).toBeLessThan(50);
    // The call that stood still itself.
    expect(result.fromActualStart.max).toBeGreaterThanOrEqual(390);
  });

  it('counts failures, how long they took, and when', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(requests % 2 === 0 ? 503 : 200).end();
    });
    const result = await load(url, { calls: 100 });
    expect(result).toMatchObject({ good: 50, outcomes: { '200': 50, '503': 50 } });
    expect(result.timeToFail.count).toBe(50);
    expect(sum(result.timeline.good)).toBe(50);
    expect(sum(result.timeline.failed)).toBe(50);
    expect(result.timeline.offered.length).toBe(5);
  });

  it('ends calls that hang, after the grace', async () => {
    const url = await serve(() => {});
    const result = await load(url, { calls: 20, grace: 200 });
    expect(result.outcomes).toEqual({ [ENDED_BY_HARNESS]: 20 });
    expect(result.good).toBe(0);
    expect(result.timeToFail.count).toBe(20);
    // The last call was meant to start at 95 ms, and the first one at 0 ms: it has waited since it did.
    expect(result.elapsed).toBeGreaterThanOrEqual(290);
    expect(result.timeToFail.max + result.slip.max).toBeGreaterThanOrEqual(290);
    expect(sum(result.timeline.failed)).toBe(0);
  });
});
