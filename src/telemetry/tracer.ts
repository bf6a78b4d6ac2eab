import { type ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';

/** The instrumentation scope of every span. */
export const TRACER_NAME = 'meshwise';
/** The package's version; a test compares it with package.json, which a bundled application may not have. */
export const TRACER_VERSION = '0.1.0';

let knownProvider: TracerProvider | undefined;
let knownTracer: Tracer | undefined;

/**
 * The application's tracer, or `undefined` while no SDK is registered, in which case nobody needs to describe a span.
 *
 * Until an SDK arrives the API hands out a proxy whose tracers do nothing, and no public call says so of a *tracer*:
 * a span of the proxy is as unrecording as an unsampled one of a real SDK, whose sampler wants the attributes at
 * creation and so the parsed URL. Hence the question goes to the *provider*: the proxy's `getDelegateTracer` is
 * `undefined` until then. It is looked for by shape, because the proxy may belong to another copy of the API. Found
 * tracers are kept: an SDK cannot be exchanged without a new provider object.
 */
export function currentTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  if (provider === knownProvider) return knownTracer;
  const tracer = isProxy(provider)
    ? provider.getDelegateTracer(TRACER_NAME, TRACER_VERSION)
    : provider.getTracer(TRACER_NAME, TRACER_VERSION);
  if (tracer !== undefined) {
    knownProvider = provider;
    knownTracer = tracer;
  }
  return tracer;
}

function isProxy(provider: TracerProvider): provider is ProxyTracerProvider {
  return typeof (provider as Partial<ProxyTracerProvider>).getDelegateTracer === 'function';
}
