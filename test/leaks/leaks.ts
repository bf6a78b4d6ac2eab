// `npm run test:leaks`: after a million calls of mixed outcomes, is everything back as it was?
import { Census } from './census.ts';
import { inProcessFetch } from './in-process-fetch.ts';
import { Lane } from './lane.ts';
import { readOptions, USAGE } from './options.ts';
import { runMixed, runOnSignal } from './run-calls.ts';
import { type Scene, takeSnapshot } from './snapshot.ts';
import { Upstream } from './upstream.ts';
import { tableOf, verdictsOf } from './verdicts.ts';

const LANES = 32;
const SOCKET_LANES = 8;
/** One call in so many is made over a real socket. */
const OVER_SOCKETS = 40;
const ON_ONE_SIGNAL = 10_000;
const WARM_UP_CALLS = 2_500;

/** Returns whether something is left. */
async function main(calls: number): Promise<boolean> {
  const warnings: string[] = [];
  process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));
  const upstream = await Upstream.start();
  const responses = new Census();
  const signals = new Census();
  const fetch = inProcessFetch(responses, signals);
  const overSockets: typeof fetch = async (input, init) => {
    if (init?.signal) signals.add(init.signal);
    return responses.add(await globalThis.fetch(input, init));
  };
  const inProcess = lanes(LANES, fetch, 'http://in-process');
  const sockets = lanes(SOCKET_LANES, overSockets, upstream.origin);
  const { signal } = new AbortController();
  const scene: Scene = { lanes: [...inProcess, ...sockets], signal, responses, signals, upstream };

  const mixed = async (bulk: number, real: number) => {
    const made = await runMixed(inProcess, signal, bulk);
    return { made, real: await runMixed(sockets, signal, real) };
  };
  const start = await takeSnapshot(scene, 'must close');
  // What is made once stays: compiled code, connection pools, a circuit per origin. The heap is compared from then on.
  await mixed(WARM_UP_CALLS, WARM_UP_CALLS / 4);
  const { heap, buffers } = await takeSnapshot(scene, 'may stay');
  const before = { ...start, heap, buffers };

  const began = performance.now();
  const [lane = new Lane(fetch, 'http://in-process', false)] = inProcess;
  const onSignal = await runOnSignal(lane, signal, Math.min(ON_ONE_SIGNAL, calls / 4));
  const real = Math.round(calls / OVER_SOCKETS);
  const run = await mixed(Math.max(0, calls - onSignal.calls - real), real);
  const seconds = (performance.now() - began) / 1000;
  const { accepted } = await upstream.sockets();
  const after = await takeSnapshot(scene, 'must close');
  await upstream.stop();

  const all = onSignal.calls + run.made + run.real;
  const number = (value: number) => value.toLocaleString('en');
  console.log(
    `${number(all)} calls in ${seconds.toFixed(0)} s, ${number(run.real)} of them over ${number(accepted)} sockets\n`,
  );
  const verdicts = verdictsOf(before, after, { calls: all, onSignal, warnings });
  console.log(tableOf(verdicts));
  const left = verdicts.filter((verdict) => verdict.left);
  console.log(
    `\n${left.length === 0 ? 'Nothing is left.' : `Left: ${left.map(({ what }) => what.trim()).join(', ')}.`}`,
  );
  return left.length > 0;
}

/** Somebody listens to the events of every second one. */
function lanes(count: number, fetch: ReturnType<typeof inProcessFetch>, origin: string): readonly Lane[] {
  return Array.from({ length: count }, (_, number) => new Lane(fetch, origin, number % 2 === 0));
}

let calls: number | undefined;
try {
  ({ calls } = readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}
// What is left may keep the process alive.
if (calls !== undefined) process.exit((await main(calls)) ? 1 : 0);
