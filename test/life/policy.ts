import type { PolicySettings } from '../../src/index.ts';
import { type EnvoyBootstrap, envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import type { OperatorRule } from '../../src/meshes/envoy/routes.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import type { LoadedCall } from './load.ts';

export const LIMIT = 2;

/** Without budget and breaker: what attempts there are is then known for every single call. */
export const SETTINGS: PolicySettings = {
  timeout: '10s',
  retry: { limit: LIMIT, backoff: { base: 1, max: 5 }, budget: false },
  circuitBreaker: false,
};

/** The last resend of a call that the sidecar refused comes not before so many milliseconds after its first refusal. */
export const SURVIVED = 500;

/** How many attempts of a call the upstream fails: 0 to 4, by the call's number. */
export function failuresOf(number: number): number {
  return number % 5;
}

export function statusAt(path: string, attempt: number): number {
  return attempt > failuresOf(Number(path.slice(1))) ? 200 : 503;
}

/** What the policy alone makes of a call: until the first success, at most `limit` + 1; a POST once. */
export function attemptsByPolicy({ number, method }: LoadedCall): number {
  return method === 'POST' ? 1 : Math.min(failuresOf(number), LIMIT) + 1;
}

export function statusByPolicy(call: LoadedCall): number {
  return failuresOf(call.number) < attemptsByPolicy(call) ? 200 : 503;
}

export interface SidecarOptions {
  readonly upstreamPort: number;
  /** Where it listens. Default: any free port. */
  readonly port?: number;
  /** Default: the policy's own; `none`: routes without a rule of ours. */
  readonly rule?: 'own' | 'another' | 'none';
  /** For requests that no rule of ours takes. Default: no retries. */
  readonly operator?: OperatorRule;
  /** It executes the policy for callers that ask for nothing (mode mesh). */
  readonly forEveryone?: boolean;
}

/** An exported sidecar. */
export function sidecarWith(options: SidecarOptions): EnvoyBootstrap {
  const { upstreamPort, port = 0, rule = 'own', operator = {}, forEveryone = false } = options;
  const settings = {
    own: SETTINGS,
    another: { ...SETTINGS, timeout: '11s' },
    none: { ...SETTINGS, retry: false as const },
  }[rule];
  return envoyBootstrap({
    upstreams: [
      {
        policy: parsePolicy({ upstream: 'payments', ...settings }),
        listen: { port },
        endpoints: [{ host: '127.0.0.1', port: upstreamPort }],
      },
    ],
    operator,
    forEveryone,
  });
}
