// One arrangement of listeners: `node --expose-gc child.ts <arrangement> <call> <subject>` prints what a call costs with it,
// around a fetch that answers at once; with a URL behind them, what a request to it costs.
import { cpuMs } from '../cpu-time.ts';
import { bytesPerCall, nanosecondsPerCall } from '../measure-calls.ts';
import { loadMeshwise } from '../subject.ts';
import { ARRANGEMENTS, type ArrangementName } from './arrangements.ts';
import { type CallName, callOf } from './calls.ts';

const WARM_UP = 3000;
const REQUESTS = 15_000;

const [, , name, kind, subject, url] = process.argv;
const tracing = await ARRANGEMENTS[name as ArrangementName](subject);
console.log(JSON.stringify(url === undefined ? await atOnce() : await onLoopback(url)));
// Not by itself: an SDK has timers, and sockets are kept alive.
process.exit();

async function atOnce(): Promise<{ us: number; bytes: number }> {
  const call = await callOf(kind as CallName, tracing, subject);
  const ns = await nanosecondsPerCall(call);
  return { us: ns / 1000, bytes: await bytesPerCall(call) };
}

async function onLoopback(at: string): Promise<{ us: number }> {
  const { wrapFetch } = await loadMeshwise(subject);
  const client = wrapFetch(fetch, { upstream: 'bench', tracing, propagate: 'never' });
  const call = async () => (await client(at)).arrayBuffer();
  for (let count = 0; count < WARM_UP; count++) await call();
  const before = cpuMs();
  for (let count = 0; count < REQUESTS; count++) await call();
  return { us: ((cpuMs() - before) * 1000) / REQUESTS };
}
