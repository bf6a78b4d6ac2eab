import { context } from '@opentelemetry/api';
import type { AttemptTrace } from './attempt-span.ts';
import { isSampledIn } from './sampled-context.ts';
import { isSuppressed } from './suppression.ts';
import { type AttemptTracing, effectiveTracing } from './tracing-mode.ts';

/** Carried on by Envoy, in logs and to the upstream. */
export const REQUEST_ID_HEADER = 'x-request-id';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Where Envoy keeps its decision: the character at 14, a UUID's version (uuid_request_id_extension; 1.40, run). */
const DECISION_AT = 14;
/** Sampled; `a` and `b` are sampled by the operator's or the client's order, which stays as it is. */
const SAMPLED = '9';
const DECIDED = [SAMPLED, 'a', 'b'];

/** Is the trace that goes on with an attempt sampled, as far as this process knows? `attempt`: what was started in this mode. */
export function isSampled(mode: AttemptTracing, attempt: AttemptTrace | undefined): boolean {
  if (attempt !== undefined) return attempt.sampled();
  if (effectiveTracing(mode) !== 'delegate') return false;
  // An instrumentation goes on from the caller's span.
  const active = context.active();
  return !isSuppressed(active) && isSampledIn(active);
}

/** A new id that tells an Envoy that its trace is sampled. */
export function sampledRequestId(): string {
  return withDecision(crypto.randomUUID());
}

/**
 * The same id, telling that its trace is sampled: Envoy from 1.39 samples what its caller *and* its own sampling want,
 * and takes its own from the id where one stands there. What is no UUID stays: Envoy never samples it.
 */
export function alignedRequestId(id: string): string {
  return UUID.test(id) && !DECIDED.includes(id.charAt(DECISION_AT).toLowerCase()) ? withDecision(id) : id;
}

function withDecision(uuid: string): string {
  return uuid.slice(0, DECISION_AT) + SAMPLED + uuid.slice(DECISION_AT + 1);
}
