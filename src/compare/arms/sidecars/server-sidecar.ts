import { envoyBootstrap } from '../../../meshes/envoy/bootstrap.ts';
import type { Json, JsonObject } from '../../../meshes/envoy/json.ts';
import { type RunningEnvoy, startEnvoy } from '../../envoy/envoy-process.ts';
import { endpointsOf, nothing } from './hop.ts';

/** The services' side of a mesh: in front of each port a listener that takes only who shows the caller's certificate. */
export class ServerSidecar {
  readonly #envoy: RunningEnvoy;

  static async start(binary: string, ports: readonly number[], transportSocket: JsonObject): Promise<ServerSidecar> {
    const { static_resources, ...bootstrap } = envoyBootstrap({
      upstreams: ports.map((port) => ({
        policy: nothing(nameOf(port)),
        listen: { port: 0 },
        endpoints: endpointsOf({ policy: { upstream: nameOf(port) }, ports: [port] }),
      })),
      admin: { port: 0 },
    });
    const { listeners, clusters } = static_resources;
    const guarded = listeners.map(({ filter_chains, ...listener }) => ({
      ...listener,
      filter_chains: chains(filter_chains).map((chain) => ({ ...chain, transport_socket: transportSocket })),
    }));
    const envoy = await startEnvoy(binary, { ...bootstrap, static_resources: { listeners: guarded, clusters } });
    return new ServerSidecar(envoy);
  }

  private constructor(envoy: RunningEnvoy) {
    this.#envoy = envoy;
  }

  get pid(): number {
    return this.#envoy.pid;
  }

  async died(): Promise<never> {
    const code = await this.#envoy.exited;
    throw new Error(`the server's sidecar ended (exit code ${code}):\n${this.#envoy.stderr()}`);
  }

  /** Where the service on this port is found now. */
  portBefore(port: number): number {
    const before = this.#envoy.listeners.get(nameOf(port));
    if (before === undefined) throw new Error(`the server's sidecar has no listener before port ${port}`);
    return before;
  }

  stop(): Promise<void> {
    return this.#envoy.stop();
  }
}

function nameOf(port: number): string {
  return `port-${port}`;
}

function chains(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
