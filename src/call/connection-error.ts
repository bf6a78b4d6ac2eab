import type { Owner } from '../policy/conditions.ts';
import { IS_MESHWISE_ERROR, type MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/**
 * The sidecar could not reach the upstream, or lost it. Shaped like the error of a fetch without a sidecar: a TypeError
 * whose `cause.code` is Node's (`ECONNREFUSED`, `ECONNRESET`, …). Without a sidecar the caller gets fetch's own.
 */
export class ConnectionError extends TypeError implements MeshwiseError {
  readonly code = 'MESHWISE_CONNECTION';
  readonly upstream: string | undefined;
  readonly attempts: number;
  readonly owner: Owner;
  readonly response: Response | undefined;

  /** `code` is Node's, `said` is the sidecar's own word for it. */
  constructor(code: string, said: string, fields: MeshwiseErrorFields = {}) {
    const { upstream = 'the upstream', attempts = 0, owner = 'sidecar', response } = fields;
    super(`the sidecar has no connection to ${upstream} (${code})`, {
      cause: fields.cause ?? Object.assign(new Error(said), { code }),
    });
    this.name = 'ConnectionError';
    this.upstream = fields.upstream;
    this.attempts = attempts;
    this.owner = owner;
    this.response = response;
  }

  get [IS_MESHWISE_ERROR](): true {
    return true;
  }
}
