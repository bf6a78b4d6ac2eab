import type { Clock, Random } from '../call/clock.ts';
import { urlOf } from '../call/fetch-arguments.ts';
import type { FetchFunction, FetchInput, MeshwiseRequestInit } from '../call/fetch-types.ts';
import type { AttemptFunction } from '../call/function-exchange.ts';
import type { Plan } from '../ownership/plan.ts';
import type { MeshwiseConfigInput } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import { type Duration, parseDuration } from '../policy/duration.ts';
import { checkedMode, type Mode } from '../policy/mode.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { PolicyOverrides } from '../policy/policy-input.ts';
import { selectUpstream } from '../policy/upstream-pattern.ts';
import type { EventName, MeshwiseEvents } from '../telemetry/events.ts';
import { type CircuitSwitch, circuitSwitch } from './circuit-switch.ts';
import { readConfiguration } from './configuration.ts';
import { fetchClient, type WrappedFetch } from './fetch-client.ts';
import type { WrappedFunction } from './function-client.ts';
import { Instance } from './instance.ts';
import { ready } from './ready.ts';
import { type MeshwiseStatus, statusOf } from './status.ts';
import { type WrapOptions, wrapWith } from './wrap-function.ts';

export interface MeshwiseOptions extends MeshwiseConfigInput {
  /** The fetch that does the sending. Default: the global one, as it is when a call is made. */
  readonly fetch?: FetchFunction | undefined;
  /** A policy file; its upstreams stand below those given here. Default: `MESHWISE_CONFIG`, if it is set. */
  readonly file?: string | undefined;
  /** Where `MESHWISE_*` is read from. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
  /** Randomness, for tests. */
  readonly random?: Random | undefined;
}

/** Many upstreams behind one fetch. */
export interface Meshwise {
  /** Picks the policy by URL. A URL that no upstream matches gets tracing and nothing else. */
  readonly fetch: WrappedFetch;
  /** The client of one upstream, by its name. @throws ConfigError for a name that is not configured. */
  client(upstream: string): WrappedFetch;
  /**
   * Any async function with a policy: of the upstream that is configured by this name, or of what is given beside it.
   *
   * @throws ConfigError for a bad policy, or one beside a name that is configured already.
   * @example
   * const rows = meshwise.wrap(({ signal }, id: string) => db.query('…', [id], { signal }), { upstream: 'db', idempotent: true });
   * await rows('42');
   */
  wrap<Args extends readonly unknown[], T>(
    run: AttemptFunction<Args, T>,
    options: WrapOptions<T>,
  ): WrappedFunction<Args, T>;
  /** The circuit breaker of an upstream, for operators. @throws ConfigError for one that has none. */
  circuit(upstream: string): CircuitSwitch;
  /** Who owns what for this URL, and why. */
  plan(url: string | URL): Plan;
  /**
   * Fulfilled when it is known what of the operator's word (mode `mesh`, `owner`) is so: a mesh has been looked for, and
   * its Envoy read where there is one. No call waits for it; whoever starts strictly does.
   *
   * @throws ConfigError under `MESHWISE_STRICT` when there is no sidecar, or its Envoy shows that it does not execute
   *   what is left to it. Otherwise that is a warning.
   */
  ready(): Promise<void>;
  /** Breakers, budgets, limits and proofs as they are now: plain data. */
  status(): MeshwiseStatus;
  /** Calls `listener` with every event of this name; returns what removes it again. */
  on<Name extends EventName>(name: Name, listener: (event: MeshwiseEvents[Name]) => unknown): () => void;
  readonly mode: Mode;
  /** The kill switch: from the next call on, whatever environment, code and file say. @throws ConfigError for a word that is no mode. */
  setMode(mode: Mode): void;
  /** No new calls; waits for those in flight, at most `timeout` (default 10 s), then ends them with a ClosedError. */
  close(options?: { readonly timeout?: Duration }): Promise<void>;
}

const DEFAULT_GRACE = 10_000;

/** What a URL gets that no upstream matches. */
const TRACING_ONLY = parsePolicy({
  upstream: 'unmatched',
  timeout: false,
  idleTimeout: false,
  retry: false,
  circuitBreaker: false,
  propagate: 'never',
  mesh: false,
});

/**
 * Makes a meshwise from an object like the policy file's.
 *
 * @throws ConfigError for a bad object or file; for a bad environment only under `MESHWISE_STRICT`.
 * @example
 * const meshwise = createMeshwise({ upstreams: { payments: { match: ['http://payments:8080'], timeout: '2s' } } });
 * const response = await meshwise.fetch('http://payments:8080/charges/42');
 */
export function createMeshwise(options: MeshwiseOptions = {}): Meshwise {
  const {
    fetch = (input, init) => globalThis.fetch(input, init),
    file,
    env = process.env,
    clock,
    random,
    ...input
  } = options;
  const { environment, config, problems } = readConfiguration(input, file, env);
  const instance = new Instance({
    mode: config.mode ?? 'process',
    caller: config.caller,
    environment,
    env,
    clock,
    random,
  });
  // In a microtask: whoever listens to warnings has to get the instance first.
  queueMicrotask(() => {
    for (const problem of problems) instance.warn(problem.code, problem.message);
  });

  const upstreams = config.upstreams.map(({ policy, match }) => ({
    match,
    client: fetchClient(instance, fetch, { policy, exported: policy }),
  }));
  const unmatched = fetchClient(instance, fetch, { policy: TRACING_ONLY, exported: TRACING_ONLY });
  const clientFor = (url: URL | undefined) =>
    (url === undefined ? undefined : selectUpstream(upstreams, url)?.client) ?? unmatched;
  const ofInput = (target: FetchInput) => clientFor(urlOf(target));

  // `derive` is called once per client, so that overrides are checked and resolved once.
  const picking = (derive: (client: WrappedFetch) => WrappedFetch): WrappedFetch => {
    const derived = new Map(
      [...upstreams.map(({ client }) => client), unmatched].map((client) => [client, derive(client)]),
    );
    const of = (client: WrappedFetch) => derived.get(client) ?? client;
    return Object.assign((target: FetchInput, init?: MeshwiseRequestInit) => of(ofInput(target))(target, init), {
      upstream: TRACING_ONLY.upstream,
      with: (overrides: PolicyOverrides) => picking((client) => of(client).with(overrides)),
      plan: (url: string | URL) => clientFor(new URL(url)).plan(url),
    });
  };

  return {
    fetch: picking((client) => client),
    client(name) {
      const found = upstreams.find(({ client }) => client.upstream === name);
      if (found !== undefined) return found.client;
      const known = upstreams.map(({ client }) => client.upstream).join(', ') || 'none';
      throw new ConfigError('client', [
        { path: '', message: `there is no upstream ${JSON.stringify(name)}; known: ${known}` },
      ]);
    },
    wrap: (run, options) =>
      wrapWith(
        instance,
        config.upstreams.map(({ policy }) => policy),
        run,
        options,
      ),
    circuit: (name) =>
      circuitSwitch(
        instance,
        config.upstreams.map(({ policy }) => policy),
        name,
      ),
    plan: (url) => clientFor(new URL(url)).plan(url),
    ready: () => ready(instance, config.upstreams),
    status: () => statusOf(instance),
    on: (name, listener) => instance.events.on(name, listener),
    get mode() {
      return instance.mode;
    },
    setMode(mode) {
      instance.mode = checkedMode(mode);
    },
    close: ({ timeout = DEFAULT_GRACE } = {}) => instance.close(grace(timeout)),
  };
}

function grace(timeout: Duration): number {
  const { ms, problem } = parseDuration(timeout);
  if (problem !== undefined) throw new ConfigError('close', [{ path: 'timeout', message: problem }]);
  return ms;
}
