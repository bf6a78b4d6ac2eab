import type { PolicyInput } from '../../policy/policy-input.ts';
import type { ArmName } from '../arms/arm.ts';
import type { Fault } from './fault.ts';

/** One experiment as the harness runs it: a file's scenario, or one variant of it. Times are milliseconds. */
export interface Scenario {
  /** `random-503`, or with a variant `random-503/p=0.3,limit=2`. */
  readonly name: string;
  /** The scenario's name in its file, shared by its variants. */
  readonly family: string;
  readonly title: string;
  /** The question that it answers, in a sentence. */
  readonly shows: string;
  /** What distinguishes this variant from others of the family, as shown: `{ p: '0.3', limit: '2' }`. */
  readonly variant: Readonly<Record<string, string>>;
  /** What the arms execute. Scaled down, so that a short cell shows what takes minutes with a policy as in production. */
  readonly policy: PolicyInput;
  /** What the sidecar executes, where it differs (two layers with different numbers); else the policy. */
  readonly sidecarPolicy: PolicyInput | undefined;
  /** The sidecar ejects hosts as Istio has it when nobody tunes it: of less than ten hosts none. Default: as exported. */
  readonly stockEjection?: boolean;
  readonly upstream: UpstreamShape;
  /** Services in a row, each of which calls the next with the arm's client: 1 is the upstream alone. */
  readonly tiers: number;
  readonly faults: readonly Fault[];
  readonly load: Load;
  /** A second, healthy upstream that the same client calls meanwhile, by the same policy: does it notice? */
  readonly neighbour: { readonly rate: number } | undefined;
  readonly arms: readonly ArmName[];
  /** How often every arm runs. */
  readonly rounds: number;
  /** How long calls may go on after the last intended start before the harness ends them. */
  readonly grace: number;
  /** What is asked of the cells: each question has its checks, findings and charts. */
  readonly questions: readonly QuestionName[];
}

export interface UpstreamShape {
  /** Hosts behind the one name, each with its own listener. */
  readonly hosts: number;
  /** Time that one request takes to serve. */
  readonly serviceTime: number;
  /** Requests that a host serves at once; more wait in order of arrival, also when their caller is gone. */
  readonly concurrency: number | undefined;
  /** Bytes of the response's body. */
  readonly body: number;
}

export interface Load {
  /** Calls per second. */
  readonly rate: number;
  /** `constant`: evenly spaced. `poisson`: independent arrivals, as from many callers. */
  readonly arrivals: 'constant' | 'poisson';
  /** How many calls, or as many as the closed form's interval needs. */
  readonly calls: number | 'closed-form';
  readonly method: string;
  /** Bytes of the request's body; 0 is none. */
  readonly body: number;
  /** In these stretches calls come `factor` times as often. */
  readonly bursts: readonly { readonly from: number; readonly to: number; readonly factor: number }[];
}

/** What can be asked of a scenario's cells. */
export const QUESTIONS = [
  /** Attempts per call and final failures against the closed form; random faults only. */
  'closed-form',
  /** Latency of good calls by arm: percentiles from intended and actual start. */
  'latency',
  /** CPU per 1,000 calls and memory, by process. */
  'cost',
  /** Attempts per call that the upstream saw, by arm. */
  'attempts',
  /** How calls end: statuses, codes, and when (time to fail). */
  'endings',
  /** Timeline of offered, good, attempts and breaker; attempts during a fault; time until 95 % succeed again. */
  'recovery',
  /** Goodput before, during and after a trigger: does it come back? (metastable overload) */
  'metastability',
  /** What share goes to a bad host, and what callers see of it. */
  'bad-host',
  /** Retries before the time that Retry-After told. */
  'retry-after',
  /** Attempts that began after the call's deadline. */
  'deadline',
  /** What a neighbour's calls notice. */
  'isolation',
  /** Spans against attempts. Clients that make spans have an SDK for it. */
  'traces',
  /** The highest rate at which latency and success hold. */
  'saturation',
] as const;

export type QuestionName = (typeof QUESTIONS)[number];
