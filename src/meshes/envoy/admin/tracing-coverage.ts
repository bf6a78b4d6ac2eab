import type { Verdict } from './concern-coverage.ts';
import type { HttpManagerFacts, ListenerFacts } from './facts.ts';

/** Since Envoy 1.39 its OpenTelemetry tracer takes the caller's sampled flag AND its own decision (1.40, run). */
export function tracingVerdict(listener: ListenerFacts, { tracing }: HttpManagerFacts): Verdict {
  const place = `listener ${listener.name}`;
  if (tracing === undefined)
    return { covered: 'none', why: 'the sidecar makes no spans', evidence: `${place}: no tracing` };
  const { provider, randomSampling } = tracing;
  const evidence = `${place}: provider ${provider ?? 'none'}, ${randomSampling} % of the requests`;
  if (provider === undefined) {
    const caveats = ["A tracer in Envoy's bootstrap would not be seen here"];
    return { covered: 'none', why: 'the sidecar has no tracing provider', evidence, caveats };
  }
  if (randomSampling >= 100) return { covered: 'all', why: 'the sidecar makes a span of every request', evidence };
  return {
    covered: randomSampling > 0 ? 'part' : 'none',
    why: `the sidecar samples ${randomSampling} % of the requests`,
    evidence,
    caveats: [
      'From Envoy 1.39 on, a trace that is sampled here loses its sampled flag in the sidecar unless that samples it, too',
    ],
  };
}

/** Percent of the requests that it samples by itself, where it makes spans at all. */
export function samplingOf({ tracing }: HttpManagerFacts): number | undefined {
  return tracing?.provider === undefined ? undefined : tracing.randomSampling;
}
