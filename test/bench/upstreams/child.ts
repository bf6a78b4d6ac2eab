// Many upstreams of one library: `node --expose-gc child.ts <library> <subject>` prints bytes for each, and timers.
import { setImmediate as macrotask } from 'node:timers/promises';
import { LIBRARIES, type LibraryName } from './clients.ts';

const UPSTREAMS = 10_000;
const RESET = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const RESPONSE = new Response(null);

let failing = false;

async function run(): Promise<Response> {
  if (failing) throw RESET;
  return RESPONSE;
}

async function heap(): Promise<number> {
  // Finalisers and whatever waits for a macrotask, first.
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.();
    await macrotask();
  }
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

const [, , name, subject] = process.argv;
const { make, call } = await LIBRARIES[name as LibraryName](subject);
const nameOf = (number: number) => `upstream-${number}`;
const clients: unknown[] = [];

async function callAll(): Promise<void> {
  for (const [number, client] of clients.entries()) await call(client, nameOf(number), run).catch(() => undefined);
}

// What is made once, and the code that has been compiled, is not theirs.
clients.push(await make(nameOf(0), run));
await callAll();
failing = true;
await callAll();
failing = false;

const before = await heap();
for (let number = 1; number <= UPSTREAMS; number++) clients.push(await make(nameOf(number), run));
const made = await heap();
await callAll();
const called = await heap();
const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
failing = true;
await callAll();
const failed = await heap();
const each = (now: number) => (now - before) / UPSTREAMS;
console.log(JSON.stringify({ made: each(made), called: each(called), failed: each(failed), timers }));
process.exit();
