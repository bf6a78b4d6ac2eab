import { createMeshwise, type Mode, type PolicySettings } from '../../../src/index.ts';
import { type ScriptedAnswer, scriptedFetch, seededRandom, VirtualClock } from '../../../src/testing/index.ts';

/** Something that the runbook tells how to see, as an application sees it. */
export interface Sight {
  /** Of the block in docs/runbook.md. */
  readonly name: string;
  /** Plain data, the same in every run. */
  readonly see: () => Promise<unknown>;
}

const URL = 'http://payments:8080/charges/42';

export const SIGHTS: readonly Sight[] = [
  { name: 'event circuit-open', see: async () => (await anOpenCircuit()).events['circuit-open'] },
  { name: 'event circuit-rejected', see: async () => (await anOpenCircuit()).events['circuit-rejected'] },
  { name: 'status circuits', see: async () => (await anOpenCircuit()).status.circuits },
  { name: 'event doubled', see: async () => (await bothRetry()).events.doubled },
  { name: 'warning doubled', see: async () => (await bothRetry()).events.warning },
  { name: 'status doubled', see: async () => (await bothRetry()).status.doubled },
  { name: 'warning out-of-date', see: async () => (await anotherRule()).events.warning },
  { name: 'status proofs', see: async () => (await anotherRule()).status.proofs },
  { name: 'warning no-sidecar', see: async () => (await noSidecar()).events.warning },
];

const TOLD = ['circuit-open', 'circuit-rejected', 'doubled', 'warning'] as const;

function anOpenCircuit() {
  return seen('process', 21, 503, { retry: false });
}

/** A sidecar that retries by itself tells how often it did. */
function bothRetry() {
  return seen('process', 1, { status: 503, headers: { 'x-envoy-attempt-count': '3' } }, {});
}

function anotherRule() {
  return seen('auto', 1, { headers: { 'x-meshwise-owner': 'payments/process/6192282d' } }, {});
}

function noSidecar() {
  return seen('mesh', 1, 200, {});
}

async function seen(mode: Mode, calls: number, answer: ScriptedAnswer, settings: PolicySettings) {
  const clock = new VirtualClock();
  const meshwise = createMeshwise({
    fetch: scriptedFetch([answer], { clock }),
    clock,
    random: seededRandom(1),
    env: {},
    mode,
    upstreams: { payments: settings },
  });
  const events: Partial<Record<(typeof TOLD)[number], unknown>> = {};
  const told = new Promise((resolve) => meshwise.on('warning', resolve));
  for (const name of TOLD) meshwise.on(name, (event) => (events[name] = event));
  for (let call = 0; call < calls; call++) {
    const ended = meshwise
      .client('payments')(URL)
      .then(
        (response) => response.text(),
        () => undefined,
      );
    // Long enough for every back-off of one call, or short enough that all of many fall into one window.
    await clock.advance(calls === 1 ? 1_000 : 1);
    await ended;
  }
  // It is told when this machine has been looked at, in real time.
  if (mode === 'mesh') await told;
  const status = meshwise.status();
  await meshwise.close();
  return { events, status };
}

/** As the runbook shows it: one line, whole milliseconds, and the first call of a process. */
export function shownSight(sight: unknown): string {
  const round = (key: string, value: unknown) => {
    if (key === 'call') return 1;
    return typeof value === 'number' ? Math.round(value) : value;
  };
  return `${JSON.stringify(sight, round)}\n`;
}
