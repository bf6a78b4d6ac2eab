import type { MeshwiseError } from '../policy/meshwise-error.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import { ConcurrencyLimitError } from './concurrency-limit-error.ts';
import { ConnectionError } from './connection-error.ts';
import type { SidecarVerdict } from './sidecar-word.ts';
import { TimeoutError } from './timeout-error.ts';

/** The error that a process of its own would have made in the sidecar's place. */
export function verdictError(
  verdict: SidecarVerdict,
  of: { readonly upstream: string; readonly attempts: number; readonly response: Response | undefined },
): MeshwiseError {
  const { said } = verdict;
  if (verdict.kind === 'connection') return new ConnectionError(verdict.code, said, { ...of, owner: 'sidecar' });
  const fields = { ...of, owner: 'sidecar', cause: new Error(said) } as const;
  switch (verdict.kind) {
    case 'timeout':
      return new TimeoutError(verdict.scope, verdict.timeout, fields);
    case 'circuit-open':
      return new CircuitOpenError(0, fields);
    case 'overflow':
      return new ConcurrencyLimitError(verdict.limit, 0, fields);
  }
}
