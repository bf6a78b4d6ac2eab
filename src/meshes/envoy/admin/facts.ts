import type { Mark } from '../../mark.ts';

/*
 * What is kept of an Envoy's configuration: names and numbers by an allow-list. No value of a header is among them,
 * but the literal of our own mark: dumps hold credentials in header mutations.
 */

export interface EnvoyFacts {
  readonly listeners: readonly ListenerFacts[];
  /** By the name under which listeners ask for them (RDS). */
  readonly routeConfigs: ReadonlyMap<string, RouteConfigFacts>;
  readonly clusters: ReadonlyMap<string, ClusterFacts>;
}

export interface ListenerFacts {
  readonly name: string;
  /** `undefined` for a socket that is none of IP. */
  readonly address: string | undefined;
  /** As bound, where Envoy says so; else as configured, where 0 is any. */
  readonly port: number | undefined;
  readonly inbound: boolean;
  /** One for each filter chain that speaks HTTP. */
  readonly managers: readonly HttpManagerFacts[];
}

/** An HTTP connection manager. */
export interface HttpManagerFacts {
  /** `undefined`: scoped or otherwise, and not understood here. */
  readonly routes: { readonly rds: string } | { readonly inline: RouteConfigFacts } | undefined;
  /** HTTP filters before the router of which it is not known that they leave routes and retries alone. */
  readonly unknownFilters: readonly string[];
  readonly stripsPort: boolean;
  /** `undefined`: spans are off. */
  readonly tracing: { readonly provider: string | undefined; readonly randomSampling: number } | undefined;
}

export interface RouteConfigFacts {
  readonly name: string | undefined;
  readonly ignoresPort: boolean;
  /** Virtual hosts arrive on demand: those that are there are not all. */
  readonly onDemand: boolean;
  /** Only those that may be meant by an origin that was asked for. */
  readonly virtualHosts: readonly VirtualHostFacts[];
}

export interface VirtualHostFacts {
  readonly name: string;
  readonly domains: readonly string[];
  /** `undefined`: chosen by a matcher tree, which is not read here. */
  readonly routes: readonly RouteFacts[] | undefined;
}

export interface RouteFacts {
  readonly name: string | undefined;
  readonly match: RouteMatchFacts;
  /** `reply`: answered by the sidecar itself; `unknown`: sent where the dump does not say. */
  readonly action: 'forward' | 'reply' | 'unknown';
  /** Several when they are weighted. */
  readonly clusters: readonly string[];
  /** Milliseconds; 0 is none, `undefined` was not set: Envoy's default. */
  readonly timeout: number | undefined;
  /** The route's own, else its virtual host's; `unknown`: not readable. */
  readonly retry: RetryFacts | 'unknown' | undefined;
  readonly mark: Mark | undefined;
  /** The fault filter may answer or delay in the upstream's place. */
  readonly injectsFaults: boolean;
}

export interface RouteMatchFacts {
  readonly path: 'every' | 'some';
  readonly headers: readonly HeaderMatchFacts[];
  /** Decided by what nobody foresees: a fraction of the requests, query parameters, metadata. */
  readonly unforeseeable: readonly string[];
}

export interface HeaderMatchFacts {
  /** Lower case. */
  readonly name: string;
  /** Only for the request's method and our own header: `undefined` for the rest, and for what is not understood. */
  readonly test: HeaderTest | undefined;
  readonly inverted: boolean;
}

export type HeaderTest =
  | { readonly oneOf: readonly string[] }
  | { readonly start: string }
  | { readonly present: boolean };

export interface RetryFacts {
  readonly on: readonly string[];
  readonly statusCodes: readonly number[];
  readonly retries: number;
  /** Milliseconds. */
  readonly perTryTimeout: number | undefined;
  /** Only for requests with certain headers, which the dump names and we do not keep. */
  readonly onlySomeRequests: boolean;
}

export interface ClusterFacts {
  readonly name: string;
  /** Hosts that Envoy knows; `undefined` where it did not say. */
  readonly hosts: number | undefined;
  readonly thresholds: ThresholdFacts;
  readonly ejection: EjectionFacts | undefined;
  /** Below this percentage of healthy hosts, Envoy sends to ejected ones again. */
  readonly panicThreshold: number;
}

/** In effect: Envoy's defaults are filled in. */
export interface ThresholdFacts {
  readonly connections: number;
  readonly pendingRequests: number;
  readonly requests: number;
  /** Retries at a time, unless there is a budget. */
  readonly retries: number;
  readonly retryBudget: { readonly percent: number; readonly minConcurrency: number } | undefined;
}

export interface EjectionFacts {
  /** 0: not enforced. */
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailures: number;
  /** Rates of success or failure are enforced, too. */
  readonly byRate: boolean;
  readonly maxPercent: number;
  readonly alwaysOne: boolean;
  /** Milliseconds. */
  readonly baseTime: number;
}
