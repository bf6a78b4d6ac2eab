import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** The concurrency limit is reached and its queue is full: nothing was sent. */
export class ConcurrencyLimitError extends MeshwiseError {
  readonly limit: number;
  readonly queue: number;

  constructor(limit: number, queue: number, fields: MeshwiseErrorFields = {}) {
    super(
      'MESHWISE_CONCURRENCY_LIMIT',
      `${fields.upstream ?? 'the upstream'} has ${limit} attempts in flight${queue > 0 ? ` and ${queue} waiting` : ''}: no more are let through`,
      fields,
    );
    this.limit = limit;
    this.queue = queue;
  }
}
