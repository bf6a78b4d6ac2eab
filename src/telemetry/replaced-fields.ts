import { propagation } from '@opentelemetry/api';

/**
 * One trace in two forms. A propagator that writes one knows nothing of the other, but whoever reads both takes the
 * single header first (propagator-b3 3.1, B3Propagator.extract).
 */
const B3: readonly string[] = ['b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'];

/**
 * Names (lower-case) of the headers that a caller must not send beside those that a propagator has written. All fields
 * of the propagator, not only those just written: a left-over `tracestate` or `x-b3-flags` belongs to the trace that was
 * replaced. But `baggage` is no part of a trace: without a new one the caller's stays.
 */
export function replacedFields(written: Readonly<Record<string, string>>): readonly string[] {
  const fields = new Set(Object.keys(written).map((name) => name.toLowerCase()));
  if (B3.some((name) => fields.has(name))) for (const name of B3) fields.add(name);
  for (const field of propagation.fields()) {
    const name = field.toLowerCase();
    if (name !== 'baggage') fields.add(name);
  }
  return [...fields];
}
