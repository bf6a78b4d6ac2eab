import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** The concurrency limit is reached and its queue is full, here or in the sidecar: nothing was sent. */
export class ConcurrencyLimitError extends MeshwiseError {
  /** 0 for a sidecar's that does not say. */
  readonly limit: number;
  readonly queue: number;

  constructor(limit: number, queue: number, fields: MeshwiseErrorFields = {}) {
    super(
      'MESHWISE_CONCURRENCY_LIMIT',
      `${fields.upstream ?? 'the upstream'} has ${inFlight(limit, queue)}: no more are let through${fields.owner === 'sidecar' ? ' by the sidecar' : ''}`,
      fields,
    );
    this.limit = limit;
    this.queue = queue;
  }
}

function inFlight(limit: number, queue: number): string {
  if (limit === 0) return 'too many attempts in flight';
  return `${limit} attempts in flight${queue > 0 ? ` and ${queue} waiting` : ''}`;
}
