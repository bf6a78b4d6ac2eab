import type { Mark } from '../meshes/mark.ts';
import { type Dialect, type SidecarRule, takes } from '../meshes/sidecar-rule.ts';
import { isStandardMethod } from '../meshes/standard-methods.ts';
import type { Owner } from '../policy/conditions.ts';
import { mayResend, type Refusal } from './hop-to-sidecar.ts';
import { doubt, gain, lose, type Proof, refuse } from './proof.ts';

/*
 * Who retries in `auto`, one pure function for each side of a request. The rows of afterReply are the state table of
 * docs/design.md §6; what was tried against Istio's generator, Consul and Envoy 1.40 stands behind each of them.
 */

/** The exported rule together with the name under which a request asks for it. */
export interface NamedRule {
  readonly rule: SidecarRule;
  readonly hash: string;
}

/** What decides whether a sidecar may repeat this request. */
export interface OutgoingRequest {
  /** Upper case. */
  readonly method: string;
  /** The process would send it again although it may have been processed: its method is listed, or it has a key. */
  readonly repeatable: boolean;
  /** Bytes; 0 without a body, `undefined` when nobody knows (a stream). */
  readonly bodySize: number | undefined;
  /** A stream is asked for (`streaming: true`, `Accept: text/event-stream`). */
  readonly streaming: boolean;
  /** Has an `Expect` header. */
  readonly expect: boolean;
  /** Has an `Upgrade` header, or is a CONNECT. */
  readonly upgrade: boolean;
  /** This call has a policy of its own (`payments.with(…)`): the rule says something else. */
  readonly override: boolean;
  /** Does the retry budget cover all retries that the rule may make? */
  readonly budgetLeft: boolean;
  /** It probes an upstream whose circuit is half-open: one attempt shall tell, and soon, not all of the rule's. */
  readonly probe: boolean;
}

export interface OwnerDecision {
  readonly owner: Owner;
  readonly why: string;
}

/** The request as it went out. */
export interface SentRequest {
  readonly owner: Owner;
  readonly method: string;
}

export type Reply =
  | {
      readonly kind: 'response';
      readonly mark: Mark | undefined;
      /** fetch followed a redirect, or a cache answered: the mark may be another hop's and says nothing about the rule. */
      readonly redirected: boolean;
      /** Does the dialect's rule retry a reply like this one (`sidecarRetries` of the mesh)? False for a success. */
      readonly retriedByRule: boolean;
    }
  /** No connection to the sidecar itself. */
  | ({ readonly kind: 'refused' } & Refusal)
  /** Sent, but no reply came (our own per-try timeout included). */
  | { readonly kind: 'reset' }
  /** The call's own deadline, or the caller's abort. */
  | { readonly kind: 'deadline' | 'abort' };

/**
 * What the call does now:
 * - `return`: give this result to the caller, nobody retries
 * - `continue`: judge it like an attempt of the process, with what is left of the policy's retries
 * - `resend-any-method`: nothing was processed, send it again whatever its method is, outside limit and budget
 * - `resend-once-as-process`: nobody knows what was processed; one more attempt at most, as `process`
 */
export type NextStep = 'return' | 'continue' | 'resend-any-method' | 'resend-once-as-process';

/**
 * What changed for the origin:
 * - `handed-over`: retries go to the sidecar from now on
 * - `doubted`: back to the process until the next reply that offers the rule
 * - `taken-back`: back to the process, a handed-over call had no mark; regained after the damping
 * - `out-of-date`: the mesh has a rule for this upstream, but not with these numbers; said once until it is seen again
 */
export type Notice = 'handed-over' | 'doubted' | 'taken-back' | 'out-of-date';

export interface Verdict {
  readonly proof: Proof;
  /** How many of the rule's attempts this result stands for. */
  readonly attempts: 'all' | 'one';
  readonly next: NextStep;
  readonly notices: readonly Notice[];
}

/**
 * Bytes that the proxy keeps for a retry; above it the retry is dropped silently (Envoy 1.40, by itself and under Istio,
 * run: PUT of 2 MB → one attempt). Consul's sidecar is an Envoy with the same default.
 */
const KEPT_BODY: Readonly<Record<Dialect, number>> = {
  envoy: 1_048_576,
  istio: 1_048_576,
  'gateway-api': 1_048_576,
  consul: 1_048_576,
};

const SIDECAR: OwnerDecision = Object.freeze({ owner: 'sidecar', why: 'the mark proves the rule' });
const LOST = stays('the mark was lost');
const NOT_PROVEN = stays('unproven: no reply has offered the rule');
const METHOD = stays('the rule does not match this method');
const KEYED = stays('the rule repeats this method only where nothing was processed');
const STREAM = stays('streams stay in the process');
const UNKNOWN_BODY = stays('the size of the body is unknown');
const LARGE_BODY = stays("the body exceeds the proxy's buffer");
const EXPECT = stays('a proxy does not retry requests with Expect');
const UPGRADE = stays('a proxy does not retry upgrades');
const OVERRIDE = stays('this call has a policy of its own');
const PROBE = stays('a probe of the circuit breaker is one attempt');
const BUDGET = stays("the retry budget does not cover the rule's retries");

/** Who retries this request. `sidecar` only with a proof, and only when the sidecar may repeat the request. */
export function decideOwner(proof: Proof, request: OutgoingRequest, rule: SidecarRule): OwnerDecision {
  if (proof.state === 'lost') return LOST;
  if (proof.state === 'unproven') return NOT_PROVEN;
  if (request.override) return OVERRIDE;
  const obstacle = obstacleOfMethod(request, rule);
  if (obstacle !== undefined) return obstacle;
  if (request.streaming) return STREAM;
  if (request.bodySize === undefined) return UNKNOWN_BODY;
  if (request.bodySize > KEPT_BODY[rule.dialect]) return LARGE_BODY;
  if (request.expect) return EXPECT;
  if (request.upgrade) return UPGRADE;
  if (request.probe) return PROBE;
  if (!request.budgetLeft) return BUDGET;
  return SIDECAR;
}

/**
 * A method that is not listed goes to the sidecar where the process would repeat it for the same reasons only: behind a
 * sidecar the process sees a 503, and not that nobody took the connection. A method that a proxy need not know stays
 * here: it would answer by itself, without a mark (Envoy 1.40, run: QUERY without a Content-Type gets 400).
 */
function obstacleOfMethod({ method, repeatable }: OutgoingRequest, rule: SidecarRule): OwnerDecision | undefined {
  if (rule.methods.includes(method)) return undefined;
  if (!takes(rule, method) || !isStandardMethod(method)) return METHOD;
  return repeatable ? KEYED : undefined;
}

/** What a result says about the rule, and what the call does now. `now` is in milliseconds, monotonic. */
export function afterReply(proof: Proof, sent: SentRequest, reply: Reply, own: NamedRule, now: number): Verdict {
  switch (reply.kind) {
    case 'deadline':
    case 'abort':
      return verdict(proof, proof, 'return');
    case 'refused':
      if (sent.owner === 'process') return verdict(proof, proof, 'continue');
      return verdict(proof, refuse(proof, now), mayResend(reply) ? 'resend-any-method' : 'continue');
    case 'reset':
      if (sent.owner === 'process') return verdict(proof, proof, 'continue');
      return verdict(proof, doubt(proof), 'resend-once-as-process');
    case 'response':
      return afterResponse(proof, sent, reply, own, now);
  }
}

function afterResponse(
  proof: Proof,
  sent: SentRequest,
  reply: Extract<Reply, { kind: 'response' }>,
  own: NamedRule,
  now: number,
): Verdict {
  const said = whatMarkSays(reply.mark, sent, own);
  const done = said === 'ran' && reply.retriedByRule;
  if (reply.redirected) return done ? allAttempts(proof, proof) : verdict(proof, proof, 'continue');

  switch (said) {
    case 'ran':
      return done ? allAttempts(proof, gain(proof, now)) : verdict(proof, gain(proof, now), 'continue');
    case 'offered': {
      const explained = sent.owner === 'process' || !takes(own.rule, sent.method);
      return verdict(proof, explained ? gain(proof, now) : doubt(proof), 'continue');
    }
    case 'another rule': {
      const doubted = doubt(proof);
      return verdict(proof, doubted.saidOutOfDate ? doubted : { ...doubted, saidOutOfDate: true }, 'continue');
    }
    case 'nothing':
      return verdict(proof, sent.owner === 'sidecar' ? lose(proof, now) : doubt(proof), 'continue');
  }
}

/**
 * - `ran`: our rule took this very call
 * - `offered`: the hands-off rule took it and names ours
 * - `another rule`: the hands-off rule took it and does not name ours
 * - `nothing`: no mark, or one that no rule of ours writes as an answer to this request
 */
function whatMarkSays(
  mark: Mark | undefined,
  sent: SentRequest,
  { rule, hash }: NamedRule,
): 'ran' | 'offered' | 'another rule' | 'nothing' {
  if (mark === undefined || mark.upstream !== rule.upstream) return 'nothing';
  if (mark.owner === 'process') return mark.hashes.includes(hash) ? 'offered' : 'another rule';
  return sent.owner === 'sidecar' && mark.hashes.length === 1 && mark.hashes[0] === hash ? 'ran' : 'nothing';
}

const NONE: readonly Notice[] = Object.freeze([]);

function allAttempts(before: Proof, proof: Proof): Verdict {
  return { proof, attempts: 'all', next: 'return', notices: noticesOf(before, proof) };
}

function verdict(before: Proof, proof: Proof, next: NextStep): Verdict {
  return { proof, attempts: 'one', next, notices: noticesOf(before, proof) };
}

function noticesOf(before: Proof, after: Proof): readonly Notice[] {
  if (before === after) return NONE;
  const notices: Notice[] = [];
  if (before.state !== 'proven' && after.state === 'proven') notices.push('handed-over');
  if (before.state === 'proven' && after.state === 'unproven') notices.push('doubted');
  if (before.state !== 'lost' && after.state === 'lost') notices.push('taken-back');
  if (!before.saidOutOfDate && after.saidOutOfDate) notices.push('out-of-date');
  return notices;
}

function stays(why: string): OwnerDecision {
  return Object.freeze({ owner: 'process', why });
}
