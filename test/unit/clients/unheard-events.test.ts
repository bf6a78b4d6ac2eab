import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { Meshwise, MeshwiseEvents, PolicySettings, WrappedFetch } from '../../../src/index.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { aClient } from '../../sockets/fetch/a-meshwise.ts';

type Fetch = (attempt: number, signal: AbortSignal) => Promise<Response>;

interface Case {
  readonly settings: PolicySettings;
  readonly fetch: Fetch;
  readonly during?: (made: Made, call: Promise<unknown>) => Promise<void>;
}

interface Made {
  readonly meshwise: Meshwise;
  readonly client: WrappedFetch;
  readonly clock: VirtualClock;
  readonly caller: AbortController;
}

/** Of a call or a circuit, without a sidecar. */
const ALL = [
  'call',
  'attempt',
  'retry',
  'retry-refused',
  'retry-budget-exhausted',
  'timeout',
  'circuit-open',
  'circuit-half-open',
  'circuit-close',
  'circuit-rejected',
  'concurrency-rejected',
] as const;

const URL_OF_ONE = 'http://payments.test/charges/42';

const answers =
  (...statuses: number[]): Fetch =>
  async (attempt) =>
    new Response('a body', { status: statuses[attempt] ?? statuses.at(-1) ?? 200 });
const hangs: Fetch = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const pass =
  (ms: number) =>
  async ({ clock }: Made): Promise<void> => {
    await clock.advance(ms);
  };

/** Everything that there is an event for. */
const CASES: Readonly<Record<string, Case>> = {
  'a success': { settings: {}, fetch: answers(200) },
  'a retry': { settings: {}, fetch: answers(503, 200), during: pass(10) },
  'retries up to the limit': { settings: {}, fetch: answers(503), during: pass(10) },
  'retries up to the budget': {
    settings: { retry: { limit: 2, budget: { ratio: 0, minPerSecond: 0 } } },
    fetch: answers(503),
    during: pass(10),
  },
  'a method that is not sent again': { settings: { retry: { methods: ['PUT'] } }, fetch: answers(503) },
  'the time limit of an attempt': {
    settings: { retry: { limit: 1, perTryTimeout: 100 } },
    fetch: hangs,
    during: pass(300),
  },
  'the time limit of a call': { settings: { timeout: 100 }, fetch: hangs, during: pass(100) },
  'an abort': {
    settings: {},
    fetch: hangs,
    during: async ({ caller }) => caller.abort(),
  },
  'an open circuit': {
    settings: { retry: false },
    fetch: answers(200),
    during: async ({ meshwise, client }, call) => {
      await call;
      const circuit = meshwise.circuit('payments');
      circuit.open();
      await client(URL_OF_ONE).catch(() => undefined);
      circuit.close();
    },
  },
  'a circuit that opens, and probes': {
    settings: { retry: false, circuitBreaker: { consecutiveFailures: 1, openFor: 1000 } },
    fetch: answers(503, 200),
    during: async ({ client, clock }, call) => {
      await call;
      await clock.advance(2000);
      await client(URL_OF_ONE).catch(() => undefined);
    },
  },
  'a full queue': {
    settings: { retry: false, concurrency: { limit: 1, queue: 0 } },
    fetch: hangs,
    during: async ({ client, caller }) => {
      await client(URL_OF_ONE).catch(() => undefined);
      caller.abort();
    },
  },
};

describe('while nobody listens', () => {
  let emitted: MockInstance;

  beforeEach(() => {
    emitted = vi.spyOn(EventHub.prototype, 'emit');
  });
  afterEach(() => {
    emitted.mockRestore();
  });

  /** Makes the call of a case; `listen` is told of the instance before. */
  async function play({ settings, fetch, during }: Case, listen?: (meshwise: Meshwise) => void): Promise<void> {
    const clock = new VirtualClock();
    let attempts = 0;
    const { client, meshwise } = aClient(settings, {
      clock,
      random: () => 0.999,
      fetch: (_input, init) => fetch(attempts++, init?.signal ?? new AbortController().signal),
    });
    listen?.(meshwise);
    const caller = new AbortController();
    const call = client(URL_OF_ONE, { signal: caller.signal })
      .then((response) => response.text())
      .catch(() => undefined);
    await during?.({ meshwise, client, clock, caller }, call);
    await call;
  }

  /** Numbers are given when there is something to tell. */
  async function nextNumber(): Promise<number> {
    let number = 0;
    await play({ settings: {}, fetch: answers(200) }, (meshwise) =>
      meshwise.on('call', ({ call }: MeshwiseEvents['call']) => {
        number = call;
      }),
    );
    return number;
  }

  it.each(Object.entries(CASES))('%s: nothing is built, no call is told of', async (_name, one) => {
    const before = await nextNumber();
    emitted.mockClear();
    await play(one);
    // Not even called: what it would be given, a closure, costs something as well.
    expect(emitted).not.toHaveBeenCalled();
    expect(await nextNumber()).toBe(before + 1);
  });

  it('and with listeners the same cases tell of everything', async () => {
    for (const one of Object.values(CASES)) {
      await play(one, (meshwise) => {
        for (const name of ALL) meshwise.on(name, () => undefined);
      });
    }
    expect(new Set(emitted.mock.calls.map(([name]) => name))).toEqual(new Set(ALL));
  });
});
