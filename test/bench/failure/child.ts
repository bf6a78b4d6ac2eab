// One library, one size of window: `node child.ts <library> <samples> <subject>` prints microseconds per failed attempt.
import { setImmediate as macrotask } from 'node:timers/promises';
import { cpuMs } from '../cpu-time.ts';
import type { MeasuredCall } from '../measure-calls.ts';
import { median } from '../statistics.ts';
import { ATTEMPTS, FAILING, type FailingName } from './calls.ts';

const SAMPLES = 21;
/** Few: what is measured joins the window. */
const CALLS = 25;
const WARM_UP_MS = 500;
/** Some attempts take so long that fewer of them must do. */
const ENOUGH_MS = 4000;
const FEWEST_SAMPLES = 5;
/** Microseconds from which one call makes a sample. */
const SLOW_US = 1000;
/** Below it every sample gets a window of its own, above it what the samples add is little. */
const SMALL = 1000;

/** The same error each time: its making is not what is measured. */
const RESET = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

const [, , name, size, subject] = process.argv;
const library = name as FailingName;
const samples = Number(size);
const make = await FAILING[library](subject);
let failing = false;

async function run(): Promise<number> {
  if (failing) throw RESET;
  return 1;
}

async function filled(): Promise<MeasuredCall> {
  const call = await make(run);
  failing = false;
  for (let count = 0; count < samples; count++) {
    await call();
    if (count % 10_000 === 0) await macrotask();
  }
  failing = true;
  return call;
}

/** Microseconds per attempt. */
async function failures(call: MeasuredCall, calls: number): Promise<number> {
  let failed = 0;
  const count = () => {
    failed++;
  };
  const start = cpuMs();
  for (let done = 0; done < calls; done++) await call().then(undefined, count);
  const ms = cpuMs() - start;
  if (failed !== calls) throw new Error(`${calls - failed} of ${calls} calls did not fail`);
  return (ms * 1000) / (calls * ATTEMPTS[library]);
}

let call = await filled();
const warm = cpuMs() + WARM_UP_MS;
while (cpuMs() < warm) {
  await failures(call, 1);
  if (samples < SMALL) call = await filled();
  await macrotask();
}
const figures: number[] = [];
const calls = (await failures(call, 1)) > SLOW_US ? 1 : CALLS;
const enough = cpuMs() + ENOUGH_MS;
while (figures.length < FEWEST_SAMPLES || (figures.length < SAMPLES && cpuMs() < enough)) {
  if (samples < SMALL) call = await filled();
  figures.push(await failures(call, calls));
  await macrotask();
}
console.log(JSON.stringify({ us: median(figures) }));
process.exit();
