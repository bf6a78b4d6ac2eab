import type { Policy } from '../../policy/policy.ts';
import { markOf, OWNER_HEADER, ownedBySidecar } from '../mark.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../sidecar-rule.ts';
import { OUR_REPLY_HEADERS, VERDICT_HEADER, verdictValue } from '../verdict-header.ts';
import { type Json, type JsonObject, timeout } from './json.ts';
import { fullMatch, match, methodIn } from './match.ts';
import { policyRoutes } from './policy-routes.ts';
import { envoyRetries, retryAfterBackOff } from './retry-policy.ts';

/** Where the rules of one upstream send its requests. */
export interface Destination {
  readonly cluster: string;
  /** More than one endpoint: a retry then goes to another one. */
  readonly several: boolean;
  /** Written over the request's `host`. */
  readonly host?: string | undefined;
}

/** The rule for requests without an owner's header, when the policy is not for everyone. */
export interface OperatorRule {
  /** Milliseconds, `false` is none (Istio's default). Default: `false`. */
  readonly timeout?: number | false | undefined;
  /** `config.route.v3.RetryPolicy`. Default: none, Envoy's own default. */
  readonly retryPolicy?: JsonObject | undefined;
}

/** What a default Istio (1.28 and later) writes for every outbound route. */
export const ISTIO_DEFAULT_RETRIES: JsonObject = {
  retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
  num_retries: 2,
  host_selection_retry_max_attempts: 5,
  retry_host_predicate: [otherHost()],
};

/** How much later than the process's own limits the net gives up. */
const NET_MARGIN = 500;

export interface RoutesOptions {
  readonly policy: Policy;
  readonly caller: string;
  readonly destination: Destination;
  readonly forEveryone: boolean;
  readonly operator: OperatorRule;
  /** Let our own rules say on their replies what became of the attempts. Default: false. */
  readonly verdict?: boolean | undefined;
}

/**
 * All rules of one upstream, the first that matches counts: our own for requests that name an owner, then the policy
 * for everyone or the operator's own rule. A policy that retries nothing has none of our own: there is nothing to hand
 * over, and a mark needs the hash of a rule.
 */
export function virtualHost({
  policy,
  caller,
  destination,
  forEveryone,
  operator,
  verdict = false,
}: RoutesOptions): JsonObject {
  const rule = sidecarRule(policy, 'envoy', caller);
  return {
    name: policy.upstream,
    domains: ['*'],
    include_request_attempt_count: true,
    include_attempt_count_in_response: true,
    // After the choice of the route, which matches on it, and before the upstream.
    request_headers_to_remove: [OWNER_HEADER],
    routes: [
      ...(rule === undefined ? [] : ownRules(rule, policy, destination, verdict)),
      ...(forEveryone
        ? policyRoutes(policy).map(({ name, headers, route }) => unmarked(name, headers, destination, route))
        : [unmarked('operator', [], destination, operatorRoute(operator))]),
    ],
  };
}

/** By method: who may be processed twice, and who may not and is sent again only where nothing was processed. */
function ownRules(rule: SidecarRule, policy: Policy, destination: Destination, verdict: boolean): JsonObject[] {
  const hash = hashOf(rule);
  const asked: JsonObject = { name: OWNER_HEADER, string_match: { exact: ownedBySidecar(hash) } };
  const ran = marked(markOf(rule.upstream, 'sidecar', [hash]), verdict);
  const sidecar: JsonObject = {
    name: 'meshwise-sidecar',
    match: match([asked, methodIn(rule.methods)]),
    ...ran,
    route: action(destination, {
      timeout: timeout(rule.routeTimeout),
      retry_policy: { ...envoyRetries(rule).retryPolicy, ...retryAfterBackOff(rule.retryAfter) },
    }),
  };
  // A POST asks for a stream in its body, which no route sees: it has the net of the `process` rule.
  const net: JsonObject = { timeout: timeout(false), idle_timeout: timeout(longestSilence(policy)) };
  const unsafe: JsonObject = {
    name: 'meshwise-sidecar-unsafe',
    match: match([asked]),
    ...ran,
    route: action(destination, { ...net, retry_policy: envoyRetries({ ...rule, on: rule.unprocessed }).retryPolicy }),
  };
  const process: JsonObject = {
    name: 'meshwise-process',
    match: match([{ name: OWNER_HEADER, string_match: fullMatch('(sidecar|process)(/.*)?') }]),
    ...marked(markOf(rule.upstream, 'process', [hash]), verdict),
    route: action(destination, net),
  };
  return [...(rule.methods.length === 0 ? [] : [sidecar]), ...(rule.unprocessed.length === 0 ? [] : [unsafe]), process];
}

/**
 * The net under what the process executes. Not a total: a stream may last, and whether a reply is one is seen by its
 * content type, after the route has been chosen. So the longest silence that the process itself would bear, later.
 */
export function longestSilence({ timeout: total, streaming, streamIdleTimeout }: Policy): number | false {
  const ofStreams = streaming === false ? 0 : streamIdleTimeout;
  return total === false || ofStreams === false ? false : Math.max(total, ofStreams) + NET_MARGIN;
}

function operatorRoute({ timeout: total = false, retryPolicy }: OperatorRule): JsonObject {
  return { timeout: timeout(total), ...(retryPolicy && { retry_policy: retryPolicy }) };
}

/** A rule that proves nothing lets no mark of the upstream's own making pass either. */
function unmarked(name: string, headers: readonly Json[], destination: Destination, route: JsonObject): JsonObject {
  return {
    name,
    match: match(headers),
    response_headers_to_remove: [...OUR_REPLY_HEADERS],
    route: action(destination, route),
  };
}

function action({ cluster, several, host }: Destination, { retry_policy, ...route }: JsonObject): JsonObject {
  const retries = retry_policy as JsonObject | undefined;
  return {
    cluster,
    ...(host !== undefined && { host_rewrite_literal: host }),
    ...route,
    ...(retries && { retry_policy: several ? { ...elsewhere(), ...retries } : retries }),
  };
}

/** As Istio has it: a retry does not go to the endpoint that has just failed. */
function elsewhere(): JsonObject {
  return { host_selection_retry_max_attempts: 5, retry_host_predicate: [otherHost()] };
}

function otherHost(): JsonObject {
  return {
    name: 'envoy.retry_host_predicates.previous_hosts',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
    },
  };
}

function marked(mark: string, verdict: boolean): JsonObject {
  const owner = overwritten(OWNER_HEADER, mark);
  return verdict
    ? { response_headers_to_add: [owner, overwritten(VERDICT_HEADER, verdictValue(mark))] }
    : { response_headers_to_remove: [VERDICT_HEADER], response_headers_to_add: [owner] };
}

/** An upstream that sends a mark of its own is not believed. */
function overwritten(key: string, value: string): JsonObject {
  return { header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' };
}
