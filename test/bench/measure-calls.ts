import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as macrotask } from 'node:timers/promises';
import { cpuMs } from './cpu-time.ts';
import { median } from './statistics.ts';

export type MeasuredCall = () => Promise<unknown>;

const SAMPLES = 21;
const SAMPLE_MS = 20;
const WARM_UP_MS = 400;
const WINDOWS = 15;
/** Few enough that a window fits into the young generation, also at 20 kB a call. */
const CALLS_PER_WINDOW = 200;

/**
 * The median of 21 samples of some 20 ms of CPU, one call after the other, with a macrotask between the samples, so
 * that timers and the garbage of the platform get their turn outside of what is measured. The harness's own `await`
 * and its loop are in the figure, of the bare call's as well.
 */
export async function nanosecondsPerCall(call: MeasuredCall): Promise<number> {
  const perSample = await warmUp(call);
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = cpuMs();
    for (let count = 0; count < perSample; count++) await call();
    samples.push(((cpuMs() - start) * 1e6) / perSample);
    await macrotask();
  }
  return median(samples);
}

/** Until the optimising compiler has had its say. Returns how many calls make a sample. */
async function warmUp(call: MeasuredCall): Promise<number> {
  const until = cpuMs() + WARM_UP_MS;
  let calls = 100;
  let took = 0;
  while (cpuMs() < until) {
    const start = cpuMs();
    for (let count = 0; count < calls; count++) await call();
    took = cpuMs() - start;
    if (took < SAMPLE_MS / 2) calls *= 2;
    await macrotask();
  }
  return Math.max(1, Math.round((calls * SAMPLE_MS) / Math.max(took, 0.1)));
}

/**
 * What the heap grows by, per call, in windows without any garbage collection; the median of at least five of them.
 * The harness's own `await` is in it. To be asked after the warm-up, when the young generation has grown.
 */
export async function bytesPerCall(call: MeasuredCall): Promise<number> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const windows: number[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    globalThis.gc?.({ type: 'minor' });
    await told();
    const before = collections;
    const start = process.memoryUsage().heapUsed;
    for (let count = 0; count < CALLS_PER_WINDOW; count++) await call();
    const grown = process.memoryUsage().heapUsed - start;
    await told();
    if (collections === before) windows.push(grown / CALLS_PER_WINDOW);
  }
  observer.disconnect();
  if (windows.length < 5) throw new Error(`only ${windows.length} of ${WINDOWS} windows were free of collections`);
  return median(windows);
}

/** The observer hears of a collection in a later macrotask. */
async function told(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await macrotask();
}
