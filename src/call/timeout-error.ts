import { MeshwiseError, type MeshwiseErrorFields } from '../policy/meshwise-error.ts';

/** What ran out: the whole call, one attempt up to its response headers, or the server's silence within a body. */
export type TimeoutScope = 'call' | 'attempt' | 'idle';

/** A time limit of the policy has passed. Never used for the caller's own abort. */
export class TimeoutError extends MeshwiseError {
  readonly scope: TimeoutScope;
  /** The limit, in milliseconds. */
  readonly timeout: number;

  constructor(scope: TimeoutScope, timeout: number, fields: MeshwiseErrorFields = {}) {
    super('MESHWISE_TIMEOUT', describe(scope, timeout, fields.upstream), fields);
    this.scope = scope;
    this.timeout = timeout;
  }
}

function describe(scope: TimeoutScope, timeout: number, upstream: string | undefined): string {
  const whose = upstream === undefined ? '' : ` ${upstream}`;
  switch (scope) {
    case 'call':
      return `the call to${whose || ' the upstream'} did not finish within ${timeout} ms`;
    case 'attempt':
      return `an attempt at${whose || ' the upstream'} got no response headers within ${timeout} ms`;
    case 'idle':
      return `the response of${whose || ' the upstream'} was silent for ${timeout} ms`;
  }
}
