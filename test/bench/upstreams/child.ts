// Many upstreams of one library: `node --expose-gc child.ts <library> <subject>` prints bytes for each, and timers.
import { setImmediate as macrotask } from 'node:timers/promises';
import { LIBRARIES, type LibraryName, type UpstreamClient } from './clients.ts';

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
const make = await LIBRARIES[name as LibraryName](subject);
// What is made once, and the code that has been compiled, is not theirs.
const first = await make(UPSTREAMS, run);
await first();
failing = true;
await first().catch(() => undefined);
failing = false;

const clients: UpstreamClient[] = Array.from({ length: UPSTREAMS });
const before = await heap();
for (let number = 0; number < UPSTREAMS; number++) clients[number] = await make(number, run);
const made = await heap();
for (const client of clients) await client();
const called = await heap();
const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
failing = true;
for (const client of clients) await client().catch(() => undefined);
const failed = await heap();
const each = (now: number) => (now - before) / UPSTREAMS;
console.log(JSON.stringify({ made: each(made), called: each(called), failed: each(failed), timers }));
process.exit();
