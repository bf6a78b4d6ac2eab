import { envoyBootstrap } from '../meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import { type RunningEnvoy, startEnvoy } from './envoy-process.ts';

export interface SidecarPlan {
  /** Envoy's binary. */
  readonly binary: string;
  readonly rules: 'for-everyone' | 'marked';
  readonly policy: PolicyInput;
  readonly upstreamPort: number;
}

/** An Envoy between the load and the upstream, configured by meshwise's own export. */
export async function startSidecar({ binary, rules, policy: input, upstreamPort }: SidecarPlan): Promise<RunningEnvoy> {
  const policy = parsePolicy(input);
  const bootstrap = envoyBootstrap({
    upstreams: [{ policy, listen: { port: 0 }, endpoints: [{ host: '127.0.0.1', port: upstreamPort }] }],
    forEveryone: rules === 'for-everyone',
    admin: { port: 0 },
  });
  return startEnvoy(binary, bootstrap);
}

/** What a sidecar has counted itself. */
export interface SidecarCounts {
  /** Requests that the client sent to it. */
  readonly requests: number;
  /** Requests that it sent to the upstream: first attempts and its own retries. */
  readonly attempts: number;
}

/** What the sidecar has counted since it started. */
export async function countsOf(sidecar: RunningEnvoy): Promise<SidecarCounts> {
  return countsInStats(await sidecar.admin('/stats?filter=(up|down)stream_rq_total'));
}

/** Adds up what listeners (but the admin's) and clusters say, in Envoy's lines of `<name>: <n>`. */
export function countsInStats(stats: string): SidecarCounts {
  const sum = (lines: RegExp): number => {
    let total = 0;
    for (const [, count] of stats.matchAll(lines)) total += Number(count);
    return total;
  };
  return {
    requests: sum(/^http\.(?!admin\.).+\.downstream_rq_total: (\d+)$/gm),
    attempts: sum(/^cluster\..+\.upstream_rq_total: (\d+)$/gm),
  };
}

/** Where the load finds the upstream's listener. */
export function portOf(sidecar: RunningEnvoy, upstream: string): number {
  const port = sidecar.listeners.get(upstream);
  if (port === undefined) throw new Error(`the sidecar has no listener for ${upstream}`);
  return port;
}
