import type { EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';
import type { Concern } from '../policy/conditions.ts';

/**
 * Why a sidecar's configuration contradicts the word that the sidecar executes a concern; `undefined` where it does
 * not, or shows nothing of it.
 *
 * A part is enough where it is all that a mesh has (ejection of single hosts), or where the process would only
 * multiply it: retries of replies that the sidecar retries as well. It is not enough where the rest would be nobody's:
 * a default Istio retries refused connections, and no 503.
 */
export function contradictionTo(concern: Concern, coverage: EnvoyCoverage | undefined): string | undefined {
  if (coverage === undefined || concern === 'concurrency') return undefined;
  const { covered, why } = coverage.concerns[concern];
  if (covered === 'all') return undefined;
  return covered === 'part' && isEnough(concern, coverage) ? undefined : why;
}

/** What is missing of a concern that is left to the sidecar all the same. */
export function missingOf(concern: Concern, coverage: EnvoyCoverage | undefined): string | undefined {
  if (coverage === undefined || concern === 'concurrency' || concern === 'circuitBreaker') return undefined;
  const { covered, why } = coverage.concerns[concern];
  return covered === 'part' ? why : undefined;
}

function isEnough(concern: Exclude<Concern, 'concurrency'>, { doublings }: EnvoyCoverage): boolean {
  switch (concern) {
    case 'circuitBreaker':
    case 'tracing':
      return true;
    case 'retry':
      return doublings.some(({ kind }) => kind === 'requests');
    case 'timeout':
      // A later one than the policy's: the process ends the call in time, and the sidecar a little afterwards.
      return false;
  }
}
