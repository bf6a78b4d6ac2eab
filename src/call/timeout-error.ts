import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** What ran out: the whole call, one attempt up to its response headers, or the server's silence within a body. */
export type TimeoutScope = 'call' | 'attempt' | 'idle';

/** A time limit of the policy has passed, here or in the sidecar. Never used for the caller's own abort. */
export class TimeoutError extends MeshwiseError {
  readonly scope: TimeoutScope;
  /** The limit, in milliseconds; 0 for a sidecar's that does not say. */
  readonly timeout: number;

  constructor(scope: TimeoutScope, timeout: number, fields: MeshwiseErrorFields = {}) {
    super('MESHWISE_TIMEOUT', describe(scope, timeout, fields), fields);
    this.scope = scope;
    this.timeout = timeout;
  }
}

function describe(scope: TimeoutScope, timeout: number, { upstream, owner }: MeshwiseErrorFields): string {
  const whose = upstream === undefined ? '' : ` ${upstream}`;
  if (owner === 'sidecar' && timeout === 0) return `the sidecar stopped waiting for${whose || ' the upstream'}`;
  switch (scope) {
    case 'call':
      return `the call to${whose || ' the upstream'} did not finish within ${timeout} ms`;
    case 'attempt':
      return `an attempt at${whose || ' the upstream'} got no response headers within ${timeout} ms`;
    case 'idle':
      return `the response of${whose || ' the upstream'} was silent for ${timeout} ms`;
  }
}
