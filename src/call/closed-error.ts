import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** `close()` was called: no new call is begun, and one that was still running at the end of its grace is ended. */
export class ClosedError extends MeshwiseError {
  constructor(fields: MeshwiseErrorFields = {}) {
    super('MESHWISE_CLOSED', 'this meshwise is closed', fields);
  }
}
