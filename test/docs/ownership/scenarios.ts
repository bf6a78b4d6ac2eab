import { startEnvoy } from '../../../src/compare/envoy/envoy-process.ts';
import { adminAddress } from '../../../src/meshes/envoy/admin/admin-address.ts';
import { type EnvoyBootstrap, envoyBootstrap } from '../../../src/meshes/envoy/bootstrap.ts';
import { ISTIO_DEFAULT_RETRIES, type OperatorRule } from '../../../src/meshes/envoy/routes.ts';
import { sidecarRule } from '../../../src/meshes/rule-of-policy.ts';
import { DIALECTS, hashOf } from '../../../src/meshes/sidecar-rule.ts';
import { ask } from '../../../src/ownership/looking/fingerprint.ts';
import type { HostView } from '../../../src/ownership/looking/look.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { aRegistry, startDaprd } from '../../dapr/daprd.ts';
import { istioLikeBootstrap } from '../../envoy/istio-like-bootstrap.ts';
import { type Program, startProgram } from '../../sockets/looking/a-program.ts';

/** The policy of all scenarios, as it stands in the policy file. */
export const SETTINGS = { timeout: '2s', retry: { limit: 2, perTryTimeout: '500ms' } } as const;
const OLDER = { timeout: '2s', retry: { limit: 1, perTryTimeout: '500ms' } } as const;

/** What an application would find around itself. */
export interface Scene {
  /** Where its upstream is called. */
  readonly url: string;
  readonly hostView: Partial<HostView>;
  /** What its mesh, or its operator, has set in the environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Of this machine, and what a reader would have in its place. */
  readonly shown: readonly (readonly [here: string, there: string])[];
  stop(): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  readonly mode: Mode;
  /** The program in front of which it is run. */
  readonly needs: 'nothing' | 'envoy' | 'daprd';
  /** Of doctor. */
  readonly exitCode: 0 | 1;
  start(program: string): Promise<Scene>;
}

const HOST = { name: 'app-1', addresses: ['127.0.0.1', '10.0.0.7'] };
const NODE = 'sidecar~10.0.0.7~app-1.shop~shop.svc.cluster.local';
const USUAL = 15_000;
/** Of `meshwise export envoy`. */
const EXPORTED_ADMIN = 9_901;
const ISTIO_PORTS = [USUAL, 15_001, 15_004, 15_006, 15_020, 15_021, 15_090];

/** Each is run with `doctor` and with `plan`; docs/ownership.md shows those that have a place there. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing', mode: 'auto', needs: 'nothing', exitCode: 0, start: () => nothing() },
  { name: 'default-istio', mode: 'process', needs: 'envoy', exitCode: 0, start: (envoy) => defaultIstio(envoy) },
  { name: 'operators-word', mode: 'mesh', needs: 'envoy', exitCode: 0, start: (envoy) => defaultIstio(envoy) },
  { name: 'switched-off', mode: 'off', needs: 'envoy', exitCode: 0, start: (envoy) => defaultIstio(envoy) },
  { name: 'exported', mode: 'auto', needs: 'envoy', exitCode: 0, start: (envoy) => exported(envoy, SETTINGS) },
  { name: 'out-of-date', mode: 'auto', needs: 'envoy', exitCode: 1, start: (envoy) => exported(envoy, OLDER) },
  { name: 'operator-retries', mode: 'auto', needs: 'envoy', exitCode: 1, start: (envoy) => operatorRetries(envoy) },
  { name: 'own-envoy', mode: 'auto', needs: 'envoy', exitCode: 0, start: (envoy) => ownEnvoy(envoy) },
  { name: 'impostor', mode: 'auto', needs: 'nothing', exitCode: 0, start: () => impostor() },
  { name: 'dapr', mode: 'mesh', needs: 'daprd', exitCode: 0, start: (daprd) => withoutResiliency(daprd) },
];

async function nothing(): Promise<Scene> {
  const upstream = await startProgram((_request, response) => void response.end());
  return scene(upstream.port, { listening: [] }, () => upstream.stop());
}

async function impostor(): Promise<Scene> {
  const upstream = await startProgram((_request, response) => void response.end());
  const program = await startProgram((_request, response) => void response.end('<html>hello</html>'));
  return scene(upstream.port, { listening: [USUAL], port: program.port }, async () => {
    await program.stop();
    await upstream.stop();
  });
}

/** The operator's word gives the retries to a daprd that has none. */
async function withoutResiliency(binary: string): Promise<Scene> {
  const { registry, remove } = await aRegistry();
  const daprd = await startDaprd(binary, { appId: 'checkout', registry });
  const port = String(daprd.httpPort);
  return {
    url: 'http://payments:8080',
    env: { MESHWISE_MESH: 'dapr', DAPR_HTTP_PORT: port },
    shown: [[port, '3500']],
    hostView: { listeningPorts: async () => new Set(), serviceConnectNames: async () => [], host: () => HOST },
    async stop() {
      await daprd.stop();
      await remove();
    },
  };
}

async function defaultIstio(binary: string): Promise<Scene> {
  const upstream = await startProgram((_request, response) => void response.end());
  return behind(
    binary,
    upstream,
    'outbound',
    istioLikeBootstrap(1, { nodeId: NODE, name: 'localhost', endpoint: upstream.port }),
  );
}

/** A default Istio's own rule behind the pair that was exported. */
function exported(binary: string, settings: object): Promise<Scene> {
  return withRules(binary, { upstream: 'payments', ...settings }, { retryPolicy: ISTIO_DEFAULT_RETRIES });
}

function operatorRetries(binary: string): Promise<Scene> {
  const retryPolicy = { retry_on: '5xx,reset', num_retries: 3, per_try_timeout: '1s' };
  return withRules(binary, { upstream: 'payments', ...SETTINGS, retry: false }, { timeout: 10_000, retryPolicy });
}

async function withRules(
  binary: string,
  policy: Parameters<typeof parsePolicy>[0],
  operator: OperatorRule,
): Promise<Scene> {
  const upstream = await startProgram((_request, response) => void response.end());
  const bootstrap = envoyBootstrap({
    nodeId: NODE,
    upstreams: [
      {
        policy: parsePolicy(policy),
        listen: { port: 0 },
        endpoints: [{ host: '127.0.0.1', port: upstream.port }],
      },
    ],
    operator,
  });
  return behind(binary, upstream, 'payments', asByIstio(bootstrap, parsePolicy(policy)));
}

/** What `meshwise export envoy` writes, beside the application, which calls it by its own address. */
async function ownEnvoy(binary: string): Promise<Scene> {
  const upstream = await startProgram((_request, response) => void response.end());
  const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
  const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
  const envoy = await startEnvoy(binary, envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] }));
  const { host } = new URL(envoy.adminUrl);
  const url = `http://127.0.0.1:${envoy.listeners.get('payments')}`;
  return {
    url,
    env: { MESHWISE_ENVOY_ADMIN: host },
    shown: [
      [url, 'http://127.0.0.1:18001'],
      [host, `127.0.0.1:${EXPORTED_ADMIN}`],
    ],
    hostView: { listeningPorts: async () => new Set(), serviceConnectNames: async () => [], host: () => HOST },
    async stop() {
      await envoy.stop();
      await upstream.stop();
    },
  };
}

/** The routes that Istio makes of `export istio` have the same conditions and numbers, and the name of its dialect. */
function asByIstio(bootstrap: EnvoyBootstrap, policy: Policy): object {
  const [envoy, istio] = DIALECTS.map((dialect) => sidecarRule(policy, dialect)).map((rule) => rule && hashOf(rule));
  if (envoy === undefined || istio === undefined) return bootstrap;
  return JSON.parse(JSON.stringify(bootstrap).replaceAll(envoy, istio)) as object;
}

async function behind(binary: string, upstream: Program, listener: string, bootstrap: object): Promise<Scene> {
  const envoy = await startEnvoy(binary, bootstrap);
  const port = Number(new URL(envoy.adminUrl).port);
  return scene(envoy.listeners.get(listener) ?? 0, { listening: ISTIO_PORTS, port }, async () => {
    await envoy.stop();
    await upstream.stop();
  });
}

/** A host where the program at `port` has Envoy's usual port. */
function scene(
  upstreamPort: number,
  { listening, port }: { readonly listening: readonly number[]; readonly port?: number },
  stop: () => Promise<void>,
): Scene {
  const url = `http://localhost:${upstreamPort}`;
  return {
    url,
    shown: [
      [url, 'http://payments:8080'],
      ['localhost.', 'payments.'],
    ],
    hostView: {
      listeningPorts: async () => new Set(listening),
      serviceConnectNames: async () => [],
      host: () => HOST,
      ask: async (question, signal) =>
        port === undefined || question.port !== USUAL ? undefined : ask({ ...question, port }, signal),
      admin: () => {
        const address = adminAddress(`127.0.0.1:${port}`);
        return 'noEvidence' in address ? undefined : { ...address, shown: `http://127.0.0.1:${USUAL}` };
      },
    },
    stop,
  };
}
