// One order through all of it, and the trace that it leaves: shop → orders → Envoy, its sidecar → payments.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parseConfig } from '../../src/policy/config.ts';
import { readConfigFile } from '../../src/policy/policy-file.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import type { ReceivedSpan } from './otlp-spans.ts';

/** Who retries: `orders` itself, or the sidecar by the rule that is exported from the policy of `orders`. */
export type ExampleMode = 'process' | 'auto';

/** Envoy sends its spans after 5 s, or 5 at a time; an example should not wait for that. */
const AT_ONCE = { 'tracing.opentelemetry.min_flush_spans': 1, 'tracing.opentelemetry.flush_interval_ms': 50 };

/** All spans of one order. Nothing is left running, whether it succeeds, fails or is aborted. */
export async function traceOneOrder(
  envoyBinary: string,
  mode: ExampleMode,
  signal: AbortSignal,
): Promise<readonly ReceivedSpan[]> {
  await using started = new AsyncDisposableStack();
  const receiver = await startOtlpReceiver();
  started.defer(() => receiver.stop());
  const services: Service[] = [];
  const start = async (name: string, env: NodeJS.ProcessEnv = {}) => {
    const service = startService(name, { ...environment(mode, receiver, name), ...env });
    started.defer(service.stop);
    services.push(service);
    return service.url(signal);
  };

  const payments = await start('payments');
  const file = new URL('orders.yaml', import.meta.url).pathname;
  const { caller, upstreams } = parseConfig(readConfigFile(file), file);
  const envoy = await startEnvoy(envoyBinary, {
    // As `meshwise export envoy --verdict --otlp <receiver>` writes it, but with free ports.
    ...envoyBootstrap({
      ...{ caller, verdict: true, otlp: receiver },
      upstreams: upstreams.map(({ policy }) => ({
        policy,
        listen: { port: 0 },
        endpoints: [{ host: '127.0.0.1', port: Number(new URL(payments).port) }],
      })),
    }),
    layered_runtime: { layers: [{ name: 'example', static_layer: AT_ONCE }] },
  });
  started.defer(() => envoy.stop());
  signal.throwIfAborted();
  const orders = await start('orders', { PAYMENTS_URL: `http://127.0.0.1:${envoy.listeners.get('payments')}` });
  const shop = await start('shop', { ORDERS_URL: orders });

  // The first reply shows orders the sidecar's rule; the second order is the one to look at.
  for (const order of [1, 2]) await (await fetch(`${shop}/checkout/${order}`, { signal })).text();
  // A service sends what it has before it ends.
  await Promise.all(services.map(({ stop }) => stop()));
  await receiver.until((spans) => isWhole(traceOf(spans, '/checkout/2')), signal);
  return traceOf(receiver.spans, '/checkout/2');
}

function traceOf(spans: readonly ReceivedSpan[], path: string): readonly ReceivedSpan[] {
  const root = spans.find(({ service, attributes }) => service === 'shop' && attributes.get('url.path') === path);
  return spans.filter(({ traceId }) => traceId === root?.traceId);
}

/** The sidecar's spans come when it likes: every parent is there, and every request to the sidecar has its span. */
function isWhole(trace: readonly ReceivedSpan[]): boolean {
  const ids = new Set(trace.map(({ spanId }) => spanId));
  const parents = new Set(trace.map(({ parentId }) => parentId));
  const toSidecar = trace.filter(({ service, kind }) => service === 'orders' && kind === 'CLIENT');
  return (
    toSidecar.length > 0 &&
    toSidecar.every(({ spanId }) => parents.has(spanId)) &&
    trace.every(({ parentId }) => parentId === '' || ids.has(parentId))
  );
}

interface Service {
  /** Where it listens. @throws Error when it ends before it does. */
  url(signal: AbortSignal): Promise<string>;
  /** Lets it send its spans and end; again: nothing. */
  readonly stop: () => Promise<void>;
}

function startService(name: string, env: NodeJS.ProcessEnv): Service {
  const fromSource = new URL('from-source.ts', import.meta.url).href;
  const child = fork(new URL(`${name}.ts`, import.meta.url), { env, execArgv: ['--import', fromSource] });
  const listening = once(child, 'message') as Promise<[{ port: number }]>;
  const ended = exitOf(child);
  const tooEarly = ended.then((code) => Promise.reject(new Error(`${name} ended at its start (exit code ${code})`)));
  // Whoever asks for the address is told.
  tooEarly.catch(() => {});
  return {
    async url(signal) {
      const aborted = once(signal, 'abort').then(() => Promise.reject(signal.reason as Error));
      aborted.catch(() => {});
      signal.throwIfAborted();
      const [{ port }] = await Promise.race([listening, tooEarly, aborted]);
      return `http://127.0.0.1:${port}`;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', resolve);
  });
}

/** Nothing of what the user's own shell says about OpenTelemetry and meshwise: the example is to be the same for all. */
function environment(mode: ExampleMode, receiver: OtlpReceiver, service: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(OTEL|MESHWISE)_/.test(name));
  return {
    ...Object.fromEntries(others),
    MESHWISE_MODE: mode,
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${receiver.host}:${receiver.port}`,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
  };
}
