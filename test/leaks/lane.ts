import { setImmediate as turn } from 'node:timers/promises';
import type { FetchFunction } from '../../src/call/fetch-types.ts';
import { createMeshwise, type Meshwise, type PolicySettings, type WrappedFetch } from '../../src/index.ts';
import type { Path } from './paths.ts';

/** Back-off of a millisecond at most, so that its timer is there but does not matter. */
const QUICK = { backoff: { base: 1, max: 1 }, budget: false } as const;

/** Nothing reads these responses to their end; what ends them is the deadline. */
const FORGOTTEN_FOR = 1_000;

const UPSTREAMS = {
  plain: { retry: QUICK, circuitBreaker: false },
  poor: { retry: { ...QUICK, budget: { ratio: 0, minPerSecond: 0 } }, circuitBreaker: false },
  patient: { retry: { backoff: { base: '20m', max: '20m' }, budget: false }, circuitBreaker: false },
  tries: { retry: { ...QUICK, perTryTimeout: 2, limit: 1 }, circuitBreaker: false },
  deadline: { timeout: 4, retry: false, circuitBreaker: false },
  silence: { idleTimeout: 4, retry: QUICK, circuitBreaker: false },
  forgotten: { timeout: FORGOTTEN_FOR, retry: QUICK, circuitBreaker: false, concurrency: { limit: 100_000 } },
  narrow: { retry: false, circuitBreaker: false, concurrency: { limit: 1, queue: 1 } },
  line: { retry: false, circuitBreaker: false, concurrency: { limit: 1, queue: 2 } },
  held: { retry: QUICK },
  trips: {
    retry: false,
    circuitBreaker: { consecutiveFailures: 1, minimumCalls: 1, openFor: 1, maxOpenFor: 1 },
  },
  answers: { retry: QUICK, circuitBreaker: false, errors: 'response', timeout: 4 },
} satisfies Record<string, PolicySettings>;

export type UpstreamName = keyof typeof UPSTREAMS;

/** One meshwise, whose calls do not meet those of another lane: every outcome is what it is meant to be. */
export class Lane {
  readonly meshwise: Meshwise;
  readonly #origin: string;
  readonly #clients = new Map<UpstreamName, WrappedFetch>();

  /** `observed`: somebody listens to the events of every call. */
  constructor(fetch: FetchFunction, origin: string, observed: boolean) {
    this.#origin = origin;
    this.meshwise = createMeshwise({
      fetch,
      // No variable of the machine may matter.
      env: {},
      random: () => 0.5,
      // Longer than the test, as the back-off above: a timer that outlives its call must not be gone when we look.
      defaults: { propagate: 'always', timeout: '30m' },
      upstreams: UPSTREAMS,
    });
    this.meshwise.circuit('held').open();
    for (const name of Object.keys(UPSTREAMS) as UpstreamName[]) this.#clients.set(name, this.meshwise.client(name));
    if (!observed) return;
    for (const event of ['call', 'attempt', 'retry', 'timeout', 'circuit-open'] as const) {
      this.meshwise.on(event, () => undefined);
    }
  }

  client(upstream: UpstreamName): WrappedFetch {
    const client = this.#clients.get(upstream);
    if (client === undefined) throw new Error(`no upstream ${upstream}`);
    return client;
  }

  call(upstream: UpstreamName, path: Path, init?: Parameters<WrappedFetch>[1]): Promise<Response> {
    return this.client(upstream)(this.#origin + path, init);
  }

  url(path: Path): string {
    return this.#origin + path;
  }

  /** What its calls have not given back. */
  get held(): { readonly inFlight: number; readonly slots: number } {
    const { inFlight, concurrency } = this.meshwise.status();
    return { inFlight, slots: concurrency.reduce((sum, { inUse, queued }) => sum + inUse + queued, 0) };
  }

  /** Attempts of one upstream that wait for a slot. */
  queued(upstream: UpstreamName): number {
    return this.meshwise.status().concurrency.find((limit) => limit.upstream === upstream)?.queued ?? 0;
  }

  /** Resolves with the next retry that a call of this upstream decides on. */
  nextRetry(upstream: UpstreamName): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.meshwise.on('retry', (event) => {
        if (event.upstream !== upstream) return;
        stop();
        resolve();
      });
    });
  }
}

/** The end of a body is known a few microtasks after its reader knows it. */
export async function nextTurn(): Promise<void> {
  await turn();
}
