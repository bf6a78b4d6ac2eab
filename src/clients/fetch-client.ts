import { ClosedError } from '../call/closed-error.ts';
import { readArguments } from '../call/fetch-arguments.ts';
import { FetchExchange } from '../call/fetch-exchange.ts';
import type { FetchFunction, FetchInput, MeshwiseRequestInit } from '../call/fetch-types.ts';
import type { Plan } from '../ownership/plan.ts';
import { overridePolicy } from '../policy/parse-policy.ts';
import type { PolicyOverrides } from '../policy/policy-input.ts';
import { Call } from '../process/call.ts';
import type { CallTerms } from '../process/executors.ts';
import type { Instance } from './instance.ts';
import { planOf } from './plan-of.ts';
import { type Client, treat } from './treatment.ts';

/** A fetch with a policy: a drop-in for `typeof fetch`, and what goes with it. */
export interface WrappedFetch {
  (input: FetchInput, init?: MeshwiseRequestInit): Promise<Response>;
  readonly upstream: string;
  /**
   * The same client with some settings changed, for one use or one call; circuit breaker, retry budget and concurrency
   * limit stay shared. Made once, it costs nothing per call.
   *
   * @throws ConfigError as `wrapFetch` does, and for settings that are shared.
   * @example const slow = payments.with({ timeout: '20s', retry: false });
   */
  with(overrides: PolicyOverrides): WrappedFetch;
  /** Who owns what for this URL, and why. */
  plan(url: string | URL): Plan;
}

/** Origins whose treatment is kept; a client that calls more of them starts over. */
const MOST_ORIGINS = 1000;

export function fetchClient(instance: Instance, fetch: FetchFunction, client: Client): WrappedFetch {
  /** Most clients call one origin, and a map for it weighs more than all else that a client keeps. */
  let first: readonly [origin: string, terms: CallTerms<Response>] | undefined;
  let others: Map<string, CallTerms<Response>> | undefined;
  let { revision } = instance;

  function treatmentOf(url: URL): CallTerms<Response> {
    const { origin } = url;
    if (revision !== instance.revision || (others !== undefined && others.size >= MOST_ORIGINS)) {
      first = others = undefined;
      ({ revision } = instance);
    }
    const known = first?.[0] === origin ? first[1] : others?.get(origin);
    if (known !== undefined) return known;
    const treatment = treat(instance, client, url);
    if (first === undefined) first = [origin, treatment];
    else {
      others ??= new Map();
      others.set(origin, treatment);
    }
    return treatment;
  }

  function wrapped(input: FetchInput, init?: MeshwiseRequestInit): Promise<Response> {
    if (instance.closed) return Promise.reject(new ClosedError({ upstream: client.policy.upstream }));
    const call = instance.mode === 'off' ? undefined : readArguments(input, init);
    // What fetch will not send is fetch's to refuse, in its own words and in its own order.
    if (call === undefined || call.signal?.aborted) return plainFetch(fetch, input, init);
    const { url, signal } = call;
    const terms = treatmentOf(url);
    const { policy } = terms;
    // Also where a sidecar retries: what it refuses is sent again here.
    const { retry } = terms.retryOwner === undefined ? policy : client.policy;
    const bufferBody = retry === false ? false : retry.bufferBody;
    const { clock } = instance.around;
    const { sidecar } = terms;
    const exchange = new FetchExchange({
      fetch: sidecar?.through?.(fetch) ?? fetch,
      input: call.input,
      init: call.init,
      url,
      bufferBody,
      policy,
      clock,
      reader: sidecar?.reader,
    });
    return new Call(exchange, terms, signal, instance.around).run();
  }

  return Object.assign(wrapped, {
    upstream: client.policy.upstream,
    with: (overrides: PolicyOverrides) =>
      fetchClient(instance, fetch, { policy: overridePolicy(client.policy, overrides), exported: client.exported }),
    plan: (url: string | URL) => planOf(instance, client.exported, new URL(url)),
  });
}

async function plainFetch(fetch: FetchFunction, input: FetchInput, init?: MeshwiseRequestInit): Promise<Response> {
  if (typeof init?.body !== 'function') return fetch(input, init as RequestInit | undefined);
  init.signal?.throwIfAborted();
  const body = await init.body();
  return fetch(input, { ...init, body });
}
