import { setTimeout as sleep } from 'node:timers/promises';
import { createMeshwise, type Meshwise, type PolicySettings, type WrappedFetch } from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aRegistry, type Daprd, startDaprd } from './daprd.ts';

/** `checkout` calls `payments`, each with a daprd of its own. */
export interface TwoApps {
  readonly payments: ScriptedUpstream;
  readonly caller: Daprd;
  callee: Daprd;
  /** A client in `checkout`. */
  client(mode: 'auto' | 'mesh', settings?: PolicySettings): { client: WrappedFetch; meshwise: Meshwise };
  /** Kills the callee's daprd. */
  killCallee(): Promise<void>;
  /** Starts another one. */
  startCallee(): Promise<void>;
  stop(): Promise<void>;
}

export interface TwoAppsOptions {
  readonly apiToken?: string | undefined;
  /** Of the caller. */
  readonly resources?: readonly object[] | undefined;
}

const REACHED_WITHIN = 15_000;

export async function startTwoApps(binary: string, { apiToken, resources }: TwoAppsOptions = {}): Promise<TwoApps> {
  const { registry, remove } = await aRegistry();
  const payments = await startScriptedUpstream();
  const startPayments = () => startDaprd(binary, { appId: 'payments', appPort: payments.port, registry });
  const [caller, callee] = await Promise.all([
    startDaprd(binary, { appId: 'checkout', registry, apiToken, resources }),
    startPayments(),
  ]);
  const apps: TwoApps = {
    payments,
    caller,
    callee,
    client(mode, settings = {}) {
      const retry = settings.retry === false ? false : { backoff: { base: 1, max: 2 }, ...settings.retry };
      const meshwise = createMeshwise({
        env: {
          MESHWISE_MODE: mode,
          MESHWISE_MESH: 'dapr',
          DAPR_HTTP_PORT: String(caller.httpPort),
          ...(apiToken !== undefined && { DAPR_API_TOKEN: apiToken }),
        },
        upstreams: { payments: { match: ['http://payments'], ...settings, retry } },
      });
      return { client: meshwise.client('payments'), meshwise };
    },
    killCallee: () => apps.callee.kill(),
    async startCallee() {
      await apps.callee.stop();
      apps.callee = await startPayments();
      await untilReached(caller, apiToken);
    },
    async stop() {
      await Promise.all([caller.stop(), apps.callee.stop(), payments.stop()]);
      await remove();
    },
  };
  try {
    await untilReached(caller, apiToken);
    return apps;
  } catch (error) {
    await apps.stop();
    throw error;
  }
}

/** The callee has announced itself, and its app is up. */
async function untilReached({ httpPort, log }: Daprd, apiToken = ''): Promise<void> {
  const until = performance.now() + REACHED_WITHIN;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${httpPort}/v1.0/invoke/payments/method/nothing`, {
      headers: { 'dapr-api-token': apiToken },
    }).catch(() => undefined);
    const body = await response?.text();
    // The app has no script for this path.
    if (response?.status === 404 && body?.includes('script')) return;
    if (performance.now() > until) throw new Error(`payments was not reached (${response?.status} ${body}):\n${log()}`);
    await sleep(20);
  }
}

/** Until daprd's metadata names exactly these Resiliency resources: it has restarted with them. */
export async function untilLoaded({ httpPort, log }: Daprd, names: readonly string[]): Promise<void> {
  const wanted = [...names].sort().join();
  const until = performance.now() + REACHED_WITHIN;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${httpPort}/v1.0/metadata`).catch(() => undefined);
    const { resiliencies = [] } = ((await response?.json().catch(() => undefined)) ?? {}) as {
      resiliencies?: { name: string }[];
    };
    const found = resiliencies.map(({ name }) => name).sort();
    if (response?.status === 200 && found.join() === wanted) return;
    if (performance.now() > until) throw new Error(`${found.join()} instead of ${wanted} were loaded:\n${log()}`);
    await sleep(20);
  }
}
