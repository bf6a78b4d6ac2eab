import { attemptCountOn, upstreamServiceTimeOn } from '../call/envoy-reply-headers.ts';
import type { SidecarWord } from '../call/sidecar-word.ts';
import type { Owner } from '../policy/conditions.ts';
import type { Handover } from '../telemetry/handover-attributes.ts';
import type { CallTerms } from './executors.ts';

/** What is known of an attempt that was answered. */
export interface AnsweredAttempt<T> {
  readonly value: T;
  readonly word: SidecarWord | undefined;
}

/**
 * What came of an attempt that somebody else may have retried; `asked` is who was to do it. Envoy's headers are believed
 * where a rule of ours replied: on any other reply they may be those of a proxy behind ours, or the upstream's own.
 */
export function handoverOf<T>(
  { retryOwner, mesh }: Pick<CallTerms<T>, 'retryOwner' | 'mesh'>,
  asked: Owner,
  answered: AnsweredAttempt<T> | undefined,
): Handover | undefined {
  if (retryOwner === undefined) return undefined;
  const told = answered && retryOwner.told(answered.value, asked);
  const word = answered?.word;
  const headersOf = told?.byRule === true ? answered?.value : undefined;
  return {
    owner: told?.owner ?? asked,
    mesh,
    mark: told?.mark,
    attempts: word?.attempts ?? attemptCountOn(headersOf),
    flags: word?.flags ?? [],
    verdict: word?.verdict?.kind,
    upstreamServiceTime: upstreamServiceTimeOn(headersOf),
  };
}
