import type { Condition } from '../../src/policy/conditions.ts';

/** What the upstream does with one attempt. Plain data, so that a failing case can be printed and run again. */
export type Answer =
  | {
      readonly does: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Milliseconds before it. */
      readonly delay?: number;
    }
  /**
   * - `reset`: closes the connection without a reply; `garbage`: answers with what is no HTTP
   * - `hang`: never answers; `cut`: closes in the middle of the body; `drip`: sends a body that never ends
   */
  | { readonly does: 'reset' | 'garbage' | 'hang' | 'cut' | 'drip' };

export type RequestBody = 'none' | 'text' | 'stream' | 'long stream' | 'large';

export interface CasePolicy {
  /** Milliseconds, as everywhere. */
  readonly timeout: number;
  readonly limit: number;
  readonly perTryTimeout: number | false;
  readonly on: readonly Condition[];
  readonly methods: readonly string[];
  /** The longest `Retry-After` that is waited for. */
  readonly retryAfter: number | false;
}

/** One call under one policy, and what its upstream does: the same for whoever executes it. */
export interface Case {
  readonly policy: CasePolicy;
  readonly request: {
    readonly method: string;
    /** Has an `Idempotency-Key`. */
    readonly key: boolean;
    readonly body: RequestBody;
  };
  /** In order, the last one again for ever; `refused`: nobody listens there. */
  readonly upstream: readonly Answer[] | 'refused';
}

/** Bytes: below and above what the process records of a stream (64 KiB) and what Envoy keeps for a retry (1 MiB). */
export const BODY_BYTES: Readonly<Record<RequestBody, number>> = {
  none: 0,
  text: 11,
  stream: 20_000,
  'long stream': 100_000,
  large: 1_100_000,
};

/** Short, so that nobody waits for it. */
export const BACKOFF = { base: 1, max: 4 };

/**
 * Who executes the policy:
 * - `process`: meshwise, without a sidecar
 * - `everyone`: Envoy, for a client that knows nothing of meshwise (`export envoy --for-everyone`)
 * - `marked`: Envoy, for a bare client that asks for the rule by its hash
 * - `auto`: meshwise in mode `auto` in front of that Envoy, once a reply has offered the rule
 */
export const ARMS = ['process', 'everyone', 'marked', 'auto'] as const;
export type Arm = (typeof ARMS)[number];

/** All that are compared with the process. */
export const SIDECAR_ARMS = ['everyone', 'marked', 'auto'] as const;
export type SidecarArm = (typeof SIDECAR_ARMS)[number];

/**
 * A policy that retries nothing has no marked rule. For other methods than the policy's it is the hands-off rule that
 * answers, and that bounds silence only: a bare client would read a body that never ends for ever.
 */
export function armsOf({ policy, request, upstream }: Case): readonly SidecarArm[] {
  const endless = upstream !== 'refused' && upstream.some(({ does }) => does === 'drip');
  const marked = policy.limit > 0 && !(endless && !policy.methods.includes(request.method));
  // Whether a stream has been read to its end when Envoy answers that nobody listens is a matter of luck.
  const auto = !(upstream === 'refused' && request.body === 'stream');
  return SIDECAR_ARMS.filter((arm) => arm === 'everyone' || (arm === 'marked' ? marked : auto));
}

export function answerOf({ upstream }: Case, attempt: number): Answer | 'refused' {
  if (upstream === 'refused') return upstream;
  const answer = upstream[Math.min(attempt, upstream.length) - 1];
  if (answer === undefined) throw new Error('a script has at least one answer');
  return answer;
}
