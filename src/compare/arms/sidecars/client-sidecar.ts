import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnvoyBootstrap, envoyBootstrap } from '../../../meshes/envoy/bootstrap.ts';
import type { JsonObject } from '../../../meshes/envoy/json.ts';
import { parsePolicy } from '../../../policy/parse-policy.ts';
import { type RunningEnvoy, startEnvoy } from '../../envoy/envoy-process.ts';
import type { Arm } from '../arm.ts';
import type { CircuitChange } from '../clients/client.ts';
import { changesIn } from './ejections.ts';
import { endpointsOf, type Hop, nothing } from './hop.ts';
import { asStock } from './stock-ejection.ts';

export interface ClientSidecarPlan {
  /** Envoy's binary. */
  readonly binary: string;
  readonly kind: Exclude<Arm['sidecar'], 'none'>;
  /** The first of them is what is counted: the hop to the upstream itself. */
  readonly hops: readonly Hop[];
  /** Ejection as Istio has it when nobody tunes it. */
  readonly stockEjection: boolean;
  /** What its connections to the services go through; without it they are plain. */
  readonly transportSocket: JsonObject | undefined;
}

/** What a sidecar has counted itself, on the hop to the upstream. */
export interface SidecarCounts {
  /** Requests that were sent to it. */
  readonly requests: number;
  /** Requests that it sent on: first attempts and its own retries. */
  readonly attempts: number;
}

/**
 * An Envoy beside the callers, configured by meshwise's own export. With several services in a row it is all of their
 * sidecars in one process.
 */
export class ClientSidecar {
  readonly #envoy: RunningEnvoy;
  readonly #directory: string;
  readonly #counted: string;

  static async start(plan: ClientSidecarPlan): Promise<ClientSidecar> {
    const [upstream] = plan.hops;
    if (upstream === undefined) throw new Error('a sidecar needs a hop');
    const directory = await mkdtemp(join(tmpdir(), 'meshwise-ejections-'));
    try {
      const envoy = await startEnvoy(plan.binary, bootstrapOf(plan, join(directory, EJECTIONS)));
      return new ClientSidecar(envoy, directory, upstream.policy.upstream);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(envoy: RunningEnvoy, directory: string, counted: string) {
    this.#envoy = envoy;
    this.#directory = directory;
    this.#counted = counted;
  }

  get pid(): number {
    return this.#envoy.pid;
  }

  /** Rejects when it ends. Never resolves. */
  async died(): Promise<never> {
    const code = await this.#envoy.exited;
    throw new Error(`the sidecar ended (exit code ${code}):\n${this.#envoy.stderr()}`);
  }

  /** Where callers find a service. */
  portOf(upstream: string): number {
    const port = this.#envoy.listeners.get(upstream);
    if (port === undefined) throw new Error(`the sidecar has no listener for ${upstream}`);
    return port;
  }

  /** Since it started. */
  async counts(): Promise<SidecarCounts> {
    return countsInStats(await this.#envoy.admin('/stats?filter=(up|down)stream_rq_total'), this.#counted);
  }

  /** Ejections of the upstream's hosts, on the shared clock. */
  async ejections(): Promise<CircuitChange[]> {
    return changesIn(await readFile(join(this.#directory, EJECTIONS), 'utf8').catch(() => ''), this.#counted);
  }

  async stop(): Promise<void> {
    await this.#envoy.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

const EJECTIONS = 'ejections.json';

/** Envoy's lines of `<name>: <n>`. */
export function countsInStats(stats: string, upstream: string): SidecarCounts {
  const lines = new Map(stats.split('\n').map((line) => line.split(': ') as [string, string | undefined]));
  return {
    requests: Number(lines.get(`http.${upstream}.downstream_rq_total`) ?? 0),
    attempts: Number(lines.get(`cluster.${upstream}.upstream_rq_total`) ?? 0),
  };
}

/** What an Envoy of this kind is started with. */
export function bootstrapOf(
  plan: ClientSidecarPlan,
  eventLog: string,
): EnvoyBootstrap & { cluster_manager: JsonObject } {
  const { kind, hops, stockEjection, transportSocket } = plan;
  const bootstrap = envoyBootstrap({
    upstreams: hops.map((hop) => ({
      policy: kind === 'forwarding' ? nothing(hop.policy.upstream) : parsePolicy(hop.policy),
      listen: { port: 0 },
      endpoints: endpointsOf(hop),
    })),
    // `mesh` is the operator's word for just that: the sidecar executes the policy for everyone.
    forEveryone: kind === 'for-everyone' || kind === 'mesh',
    admin: { port: 0 },
  });
  const { listeners, clusters } = bootstrap.static_resources;
  return {
    ...bootstrap,
    static_resources: {
      listeners,
      clusters: clusters
        .map((cluster) => (stockEjection ? asStock(cluster) : cluster))
        .map((cluster) =>
          transportSocket === undefined ? cluster : { ...cluster, transport_socket: transportSocket },
        ),
    },
    cluster_manager: { outlier_detection: { event_log_path: eventLog } },
  };
}
