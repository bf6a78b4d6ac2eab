import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** The circuit breaker is open: nothing was sent. */
export class CircuitOpenError extends MeshwiseError {
  /** Milliseconds until the breaker lets a probe through; 0 when it already does but its probes are taken. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, fields: MeshwiseErrorFields = {}) {
    const when =
      retryAfterMs > 0 ? `; it lets a probe through in ${Math.ceil(retryAfterMs)} ms` : '; a probe is under way';
    super('MESHWISE_CIRCUIT_OPEN', `the circuit of ${fields.upstream ?? 'the upstream'} is open${when}`, fields);
    this.retryAfterMs = retryAfterMs;
  }
}
