import { type OtlpReceiver, startOtlpReceiver } from '../../../examples/tracing/otlp-receiver.ts';
import { type RunningEnvoy, startEnvoy } from '../../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type Mode, type PolicySettings } from '../../../src/index.ts';
import { type EnvoyBootstrap, envoyBootstrap } from '../../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../scripted-upstream.ts';

/** Short waits; a per-try timeout that no loaded machine reaches. */
const SETTINGS: PolicySettings = {
  timeout: '15s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
};

/** Envoy sends its spans after 5 s, or 5 at a time. */
const AT_ONCE = { 'tracing.opentelemetry.min_flush_spans': 1, 'tracing.opentelemetry.flush_interval_ms': 20 };

/** An exported sidecar that makes spans, with what it sends to and where its spans go. */
export interface TracedSidecar extends AsyncDisposable {
  readonly envoy: RunningEnvoy;
  readonly upstream: ScriptedUpstream;
  readonly receiver: OtlpReceiver;
  /** Of the sidecar; every path of the upstream is there. */
  readonly origin: string;
  /** A client whose upstream is behind the sidecar. */
  client(mode: Mode, settings?: PolicySettings): ReturnType<Meshwise['client']>;
}

/** `change`: what a mesh would do otherwise than the export. */
export async function startTracedSidecar(
  binary: string,
  change: (exported: EnvoyBootstrap) => EnvoyBootstrap = (exported) => exported,
): Promise<TracedSidecar> {
  const started = new AsyncDisposableStack();
  try {
    const upstream = await startScriptedUpstream();
    started.defer(() => upstream.stop());
    const receiver = await startOtlpReceiver();
    started.defer(() => receiver.stop());
    const exported = envoyBootstrap({
      ...{ caller: 'shop', otlp: receiver },
      upstreams: [
        {
          policy: parsePolicy({ upstream: 'payments', ...SETTINGS }),
          listen: { port: 0 },
          endpoints: [{ host: '127.0.0.1', port: upstream.port }],
        },
      ],
    });
    const layered_runtime = { layers: [{ name: 'test', static_layer: AT_ONCE }] };
    const envoy = await startEnvoy(binary, { ...change(exported), layered_runtime });
    started.defer(() => envoy.stop());
    return {
      ...{ envoy, upstream, receiver, origin: `http://127.0.0.1:${envoy.listeners.get('payments')}` },
      client(mode, settings = {}) {
        const upstreams = { payments: { ...SETTINGS, ...settings } };
        const meshwise = createMeshwise({ env: {}, mode, caller: 'shop', upstreams });
        started.defer(async () => void (await meshwise.close()));
        return meshwise.client('payments');
      },
      [Symbol.asyncDispose]: () => started.disposeAsync(),
    };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}
