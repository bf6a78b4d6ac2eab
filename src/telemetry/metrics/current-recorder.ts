import { createNoopMeter, diag, type MeterProvider, metrics } from '@opentelemetry/api';
import { TRACER_NAME, TRACER_VERSION } from '../tracer.ts';
import type { MetricBackend } from './backend.ts';
import { MeterBackend } from './meter-backend.ts';
import { Recorder } from './recorder.ts';

/**
 * Where all copies of the API 1.x keep what has been registered, by which they find each other (its
 * internal/global-utils). A look there costs a tenth of asking the API, and every call takes one.
 */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const registry = globalThis as { readonly [REGISTERED]?: { readonly metrics?: unknown } };

let knownProvider: unknown;
let meter: MeterBackend | undefined;
let added: readonly MetricBackend[] = [];
let recorder: Recorder | undefined;

/**
 * Whoever wants numbers now, or `undefined`: then nothing is measured and nothing is made.
 *
 * A meter, and every instrument of it, that was got before an SDK registered stays without effect for ever; there is no
 * proxy as there is for tracers. So the provider is looked at each time, and its meter is got when it is a new one.
 */
export function currentRecorder(): Recorder | undefined {
  const provider = registry[REGISTERED]?.metrics;
  if (provider !== knownProvider) {
    knownProvider = provider;
    meet(metrics.getMeterProvider());
  }
  return recorder;
}

/** From now on numbers go there as well. */
export function addBackend(backend: MetricBackend): void {
  added = [...added, backend];
  assemble();
}

function meet(provider: MeterProvider): void {
  meter?.stop();
  meter = undefined;
  try {
    const got = provider.getMeter(TRACER_NAME, TRACER_VERSION);
    // Nobody is registered any more: the API's own stand-in, which is one for all.
    if (got !== createNoopMeter()) meter = new MeterBackend(got);
  } catch (problem) {
    diag.error('meshwise: no metrics, its meter could not be made', problem);
  }
  assemble();
}

function assemble(): void {
  const backends = meter === undefined ? added : [meter, ...added];
  recorder = backends.length === 0 ? undefined : new Recorder(backends);
}
