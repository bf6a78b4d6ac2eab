import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** The circuit breaker is open, here or in the sidecar: nothing was sent. */
export class CircuitOpenError extends MeshwiseError {
  /** Milliseconds until the breaker lets a probe through; 0 when it does, but its probes are taken, and for a sidecar's breaker, which does not say; `Infinity` when an operator holds it open. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, fields: MeshwiseErrorFields = {}) {
    super(
      'MESHWISE_CIRCUIT_OPEN',
      `the circuit of ${fields.upstream ?? 'the upstream'} is open${fields.owner === 'sidecar' ? ' in the sidecar' : when(retryAfterMs)}`,
      fields,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

function when(retryAfterMs: number): string {
  if (retryAfterMs === Number.POSITIVE_INFINITY) return ': an operator holds it open';
  if (retryAfterMs > 0) return `; it lets a probe through in ${Math.ceil(retryAfterMs)} ms`;
  return '; a probe is under way';
}
