import { context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { createMeshwise, type MeshwiseOptions, type PolicySettings, type WrappedFetch } from '../../../src/index.ts';
import type { Concern } from '../../../src/policy/conditions.ts';
import type { RecordedRequest, ScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import type { Recording } from '../../unit/telemetry/recorded-spans.ts';

/** Of a concern: executed here; left out here, with what remains of it; or nothing of it. */
export type Executed = 'process' | 'sidecar' | 'off';

/** What an upstream sees of a client, concern by concern. */
export interface Observer {
  readonly upstream: ScriptedUpstream;
  readonly recording: Recording;
  /** Ends the calls that nothing else ends. */
  readonly theEnd: AbortSignal;
}

/** Made as a user makes it, with the settings that the observation needs beside those of the case. */
export type Options = Pick<MeshwiseOptions, 'mode' | 'env'> & { readonly owner?: PolicySettings['owner'] };

const QUICK = { backoff: { base: 1, max: 2 }, budget: false } as const;
const TIMEOUT = 50;

/** How it is seen who executes a concern: by what is on the wire, and by what the caller gets. */
export const EXECUTED: Readonly<Record<Concern, (options: Options, observer: Observer) => Promise<Executed>>> = {
  async retry(options, { upstream }) {
    const { path, requests } = upstream.script(503);
    await using client = aClient(options, { retry: { ...QUICK, limit: 2 } });
    await get(client, upstream.origin + path);
    if (requests.length === 3) return 'process';
    return leftOut(requests.length === 1, options);
  },

  /** Where the sidecar has it, a net is left that is later. */
  async timeout(options, { upstream, theEnd }) {
    const { path } = upstream.script('hang');
    await using client = aClient(options, { timeout: TIMEOUT, retry: false });
    const error = await errorOf(client(upstream.origin + path, { signal: theEnd }));
    if (error === theEnd.reason) return 'off';
    const { code, timeout } = error as { code?: string; timeout?: number };
    if (code !== 'MESHWISE_TIMEOUT' || timeout === undefined) throw error;
    return timeout === TIMEOUT ? 'process' : leftOut(timeout >= TIMEOUT + 1_000, options);
  },

  async circuitBreaker(options, { upstream }) {
    const { path } = upstream.script(503);
    const circuitBreaker = { consecutiveFailures: 1, openFor: '60s', maxOpenFor: '60s' } as const;
    await using client = aClient(options, { retry: false, circuitBreaker });
    const url = upstream.origin + path;
    await get(client, url);
    return await rejectedWith('MESHWISE_CIRCUIT_OPEN', [get(client, url)], options);
  },

  async concurrency(options, { upstream }) {
    const { path } = upstream.script({ status: 200, delay: 20 });
    await using client = aClient(options, { concurrency: { limit: 1, queue: 0 } });
    const url = upstream.origin + path;
    return await rejectedWith('MESHWISE_CONCURRENCY_LIMIT', [get(client, url), get(client, url)], options);
  },

  /** Where the sidecar has it, the caller's own trace goes on and no span of ours is between. */
  async tracing(options, { upstream, recording }) {
    const { path, requests } = upstream.script(200);
    await using client = aClient(options, {});
    const caller = recording.provider.getTracer('the application').startSpan('caller');
    await context.with(trace.setSpan(context.active(), caller), () => get(client, upstream.origin + path));
    caller.end();
    const parent = spanIdIn(requests[0]);
    const spans = recording.exporter.getFinishedSpans().filter(({ attributes }) => isOf(attributes, path));
    const span = spans.find(({ kind }) => kind === SpanKind.CLIENT);
    if (span !== undefined && parent === span.spanContext().spanId) return 'process';
    if (spans.length > 0) throw new Error('a span that is not the parent of the request');
    if (parent === undefined) return leftOut(false, options);
    return leftOut(parent === idOf(caller), options);
  },
};

/** Closed at the end: whoever is open goes on looking for a mesh. */
function aClient({ owner, ...options }: Options, settings: PolicySettings): WrappedFetch & AsyncDisposable {
  const payments = {
    circuitBreaker: false,
    retry: { ...QUICK, limit: 2 },
    ...settings,
    ...(owner && { owner }),
  } as const;
  const meshwise = createMeshwise({ env: {}, ...options, upstreams: { payments } });
  return Object.assign(meshwise.client('payments'), { [Symbol.asyncDispose]: () => meshwise.close() });
}

/** `off` and `sidecar` differ in what is left of a concern, where anything is. */
function leftOut(asIfLeftToASidecar: boolean, { mode, env }: Options): Executed {
  const isOff = (env?.['MESHWISE_MODE'] ?? mode) === 'off';
  if (!asIfLeftToASidecar && !isOff) throw new Error('neither here nor left to a sidecar');
  return isOff ? 'off' : 'sidecar';
}

async function rejectedWith(code: string, calls: readonly Promise<unknown>[], options: Options): Promise<Executed> {
  const rejections = (await Promise.allSettled(calls)).filter((result) => result.status === 'rejected');
  const [first] = rejections;
  if (first === undefined) return leftOut(true, options);
  if ((first.reason as { code?: unknown }).code !== code) throw first.reason;
  return 'process';
}

async function get(client: WrappedFetch, url: string): Promise<void> {
  await (await client(url)).text();
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('a call to nobody was answered');
}

function spanIdIn(request: RecordedRequest | undefined): string | undefined {
  const { traceparent } = request?.headers ?? {};
  return typeof traceparent === 'string' ? traceparent.split('-')[2] : undefined;
}

function idOf(span: Span): string {
  return span.spanContext().spanId;
}

function isOf(attributes: Readonly<Record<string, unknown>>, path: string): boolean {
  const url = attributes['url.full'];
  return typeof url === 'string' && url.endsWith(path);
}
