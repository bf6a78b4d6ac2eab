import type { Policy, RetryPolicy } from '../../policy/policy.ts';
import type { JsonObject } from '../envoy/json.ts';
import { markOf, OWNER_HEADER, ownedBySidecar } from '../mark.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../sidecar-rule.ts';
import { unprocessedOf } from '../unprocessed.ts';
import { asIstioSays, istioDuration } from './istio-rule.ts';

/** What a copy of an operator's rule does differently, and for which of its requests. */
export interface Variant {
  /** The copy's name is the rule's own with this behind it. */
  readonly suffix: string;
  /** Header name and `StringMatch`; all must match. */
  readonly headers: readonly (readonly [string, JsonObject])[];
  /** Requests of other methods do not match. */
  readonly methods?: readonly string[] | undefined;
  /** Methods that the copy in front of it takes: it is not written where there are no others. */
  readonly otherThan?: readonly string[] | undefined;
  readonly mark?: string | undefined;
  /** Its replies say what became of the attempts, too. */
  readonly verdict?: boolean | undefined;
  /** `HTTPRetry`. */
  readonly retries: JsonObject;
  /** Milliseconds; `false`: none, which is Istio's default. */
  readonly timeout: number | false;
}

export interface VariantOptions {
  readonly caller: string;
  /** Hashes of older rules that stay on offer. */
  readonly keep: readonly string[];
  readonly forEveryone: boolean;
  /** Let the marked rules say on their replies what became of the attempts. Default: false. */
  readonly verdict?: boolean | undefined;
}

const NO_RETRIES: JsonObject = { attempts: 0 };

/** The marked rules for requests that name an owner, then (for everyone) the policy without a mark. */
export function variantsOf(policy: Policy, options: VariantOptions): Variant[] {
  const rule = sidecarRule(policy, 'istio', options.caller);
  return [
    ...(rule === undefined ? [] : markedVariants(policy, rule, options)),
    ...(options.forEveryone ? policyVariants(policy) : []),
  ];
}

function markedVariants(policy: Policy, rule: SidecarRule, { keep, verdict }: VariantOptions): Variant[] {
  const hash = hashOf(rule);
  const sidecar: Variant = {
    suffix: 'meshwise-sidecar',
    headers: [[OWNER_HEADER, { exact: ownedBySidecar(hash) }]],
    methods: rule.methods,
    mark: markOf(rule.upstream, 'sidecar', [hash]),
    verdict,
    retries: istioRetries(rule),
    timeout: rule.routeTimeout,
  };
  // A VirtualService has no idle timeout, and a total would end every stream. The process hands over none that it
  // knows of, but a POST asks for one in its body.
  const net = policy.streaming === false ? rule.routeTimeout : false;
  const unsafe: Variant = {
    ...sidecar,
    suffix: 'meshwise-sidecar-unsafe',
    methods: undefined,
    otherThan: rule.methods,
    retries: istioRetries({ ...rule, on: rule.unprocessed }),
    timeout: net,
  };
  const process: Variant = {
    suffix: 'meshwise-process',
    headers: [[OWNER_HEADER, { regex: '(sidecar|process)(/.*)?' }]],
    mark: markOf(rule.upstream, 'process', [hash, ...keep.filter((older) => older !== hash)]),
    verdict,
    retries: NO_RETRIES,
    timeout: net,
  };
  return [...(rule.methods.length === 0 ? [] : [sidecar]), ...(rule.unprocessed.length === 0 ? [] : [unsafe]), process];
}

/** `HTTPRetry`; status codes stand between the names. */
export function istioRetries({ limit, perTryTimeout, on, backoff }: SidecarRule): JsonObject {
  return {
    attempts: limit,
    ...(perTryTimeout !== false && { perTryTimeout: istioDuration(perTryTimeout) }),
    retryOn: on.join(','),
    backoff: istioDuration(backoff.base),
  };
}

const EVENT_STREAM: Variant['headers'][number] = ['accept', { regex: '.*text/event-stream.*' }];

/** Streams before ordinary requests, and in each who may be retried before who may not. The timeouts are the policy's. */
function policyVariants(policy: Policy): Variant[] {
  const { streaming, timeout, retry } = policy;
  const perTryTimeout = retry === false ? false : retry.perTryTimeout;
  // A total would end every stream: each attempt is bounded up to its headers.
  const stream: Shape = { suffix: '', headers: [], timeout: false, perTryTimeout: perTryTimeout || timeout };
  const ordinary: Shape = { suffix: '', headers: [], timeout, perTryTimeout };
  if (streaming !== 'auto') return eligibilities(policy, streaming ? stream : ordinary);
  return [
    ...eligibilities(policy, { ...stream, suffix: '-stream', headers: [EVENT_STREAM] }),
    ...eligibilities(policy, ordinary),
  ];
}

interface Shape extends Pick<Variant, 'suffix' | 'headers' | 'timeout'> {
  readonly perTryTimeout: number | false;
}

function eligibilities({ retry }: Policy, { suffix, headers, timeout, perTryTimeout }: Shape): Variant[] {
  const named = (word: string) => `meshwise-policy${word}${suffix}`;
  if (retry === false || retry.limit === 0) return [{ suffix: named(''), headers, retries: NO_RETRIES, timeout }];
  const retriesOn = (on: RetryPolicy['on']): JsonObject => {
    const said = asIstioSays({ ...retry, on, perTryTimeout, routeTimeout: false, ...NAMELESS });
    return said === undefined ? NO_RETRIES : istioRetries(said);
  };
  const retried = { headers, retries: retriesOn(retry.on), timeout };
  return [
    ...(retry.methods.length === 0 ? [] : [{ ...retried, suffix: named(''), methods: retry.methods }]),
    { ...retried, suffix: named('-keyed'), headers: [...headers, ['idempotency-key', { regex: '.+' }] as const] },
    { suffix: named('-unsafe'), headers, retries: retriesOn(unprocessedOf(retry.on)), timeout },
  ];
}

const NAMELESS = { dialect: 'istio', upstream: '', caller: '', unprocessed: [], retryAfter: false } as const;
