import type { ConcernCoverage } from '../meshes/envoy/admin/concern-coverage.ts';
import type { EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';
import { byMethods, type Doubling } from '../meshes/envoy/admin/doubled-retries.ts';
import type { Concern, Owner } from '../policy/conditions.ts';
import type { Mode } from '../policy/mode.ts';
import type { Environment } from './environment.ts';
import type { Proof } from './proof.ts';

/** Is the configuration of the sidecar's Envoy read although no operator's word is to be held against it? */
export function readsUnasked(mode: Mode, { evidence }: Environment): boolean {
  return mode === 'observe' || (mode === 'auto' && evidence.includes('config-dump'));
}

/**
 * What the sidecar would retry besides a process that retries; nothing where a rule of ours stands back for it, by the
 * configuration or by the last reply, which may be newer.
 */
export function couldDouble({ mark, doublings }: EnvoyCoverage, proof: Proof | undefined): readonly Doubling[] {
  const isMarked = proof?.state === 'proven' || proof?.saidOutOfDate === true;
  return mark === 'none' && !isMarked ? doublings : [];
}

/** What the configuration says about the retries that the process makes. */
export function caveatsOfRetries(shown: EnvoyCoverage, proof: Proof | undefined): string[] {
  const { covered, why } = shown.concerns.retry;
  return [
    ...byMethods(couldDouble(shown, proof)).map(({ what }) => `By the sidecar's configuration ${what}`),
    ...(shown.mark === 'offered' && covered !== 'all'
      ? [`The rule carries our mark, and does not do what it says: ${why}`]
      : []),
  ];
}

/** What would be nobody's if the process did not do it. Ejection is never all of a circuit breaker. */
export function unprotected(concern: Concern, { covered, why }: ConcernCoverage): string[] {
  if (covered === 'all' || concern === 'tracing' || (concern === 'circuitBreaker' && covered === 'part')) return [];
  return [`Without the process ${covered === 'none' ? 'nobody would do it' : 'a part of it would be missing'}: ${why}`];
}

interface ShownConcern {
  readonly owner: Owner | 'off';
  readonly sidecarCould?: ConcernCoverage | undefined;
}

/** What an operator could hand over on their word, by the configuration alone. */
export function couldBeLeft(
  upstream: string,
  mark: EnvoyCoverage['mark'],
  concerns: Readonly<Record<Concern, ShownConcern>>,
): string[] {
  const all = Object.entries(concerns).flatMap(([concern, { owner, sidecarCould }]) => {
    // Asked for, the rule proves itself; no word is needed.
    const provesItself = concern === 'retry' && mark !== 'none';
    return owner === 'process' && sidecarCould?.covered === 'all' && !provesItself ? [concern] : [];
  });
  if (all.length === 0) return [];
  const words = all.map((concern) => `${upstream}.${concern}=sidecar`).join(',');
  return [
    `MESHWISE_MODE=auto with MESHWISE_OWNER=${words} would leave ${all.join(', ')} to the sidecar: its configuration could do all of it`,
  ];
}
