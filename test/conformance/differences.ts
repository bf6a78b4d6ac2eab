/**
 * Who decides about an attempt, as far as it makes a difference:
 * - `process`: meshwise, and the upstream answers it
 * - `everyone`: Envoy, by the policy's own routes; `marked`: by the marked rule, for a bare client
 * - `handed over`: by the marked rule, for meshwise in `auto`
 * - `behind`: meshwise in `auto`, and Envoy's hands-off rule stands between it and the upstream
 */
export type Decider = 'process' | 'everyone' | 'marked' | 'handed over' | 'behind';

/** One reason for which a sidecar, or the process behind one, does something else than the process alone. */
export interface Difference {
  readonly deciders: readonly Exclude<Decider, 'process'>[];
  /** What is different. */
  readonly what: string;
  readonly why: string;
  /** Where that is written, or how it was seen. */
  readonly source: string;
}

const RUN = 'Envoy 1.40, run';

/**
 * Every difference that there may be. What each of them changes stands in prediction.ts, under the same id; one that
 * never shows in a run makes the run fail.
 */
export const DIFFERENCES = {
  'query-is-refused': {
    deciders: ['everyone', 'marked', 'behind'],
    what: 'QUERY without a Content-Type gets 400, and the upstream sees nothing',
    why: 'Envoy takes QUERY only with a Content-Type',
    source: `${RUN}, also over HTTP/2`,
  },
  'garbage-is-502': {
    deciders: ['everyone', 'marked', 'handed over', 'behind'],
    what: 'a reply that is no HTTP ends as 502, where the process has 503 for every broken connection',
    why: 'Envoy tells a protocol error from a closed connection (response flag UPE)',
    source: `${RUN}: \`upstream connect error … reset reason: protocol error\``,
  },
  'failure-is-a-status': {
    deciders: ['behind'],
    what: 'a broken or refused connection is retried as 503 (no HTTP: as 502), not as `reset` or `connect-failure`',
    why: 'the hands-off rule answers in the upstream’s place; which of both it was stands only in the text',
    source: `${RUN}; docs/design.md §6`,
  },
  'per-try-timeout-has-no-word': {
    deciders: ['everyone', 'marked', 'handed over'],
    what: '`per-try-timeout` by itself retries nothing',
    why: 'Envoy has no such condition; `reset`, `gateway-error` and `5xx` include it',
    source: `${RUN}; the fidelity report says so`,
  },
  'lists-are-of-methods': {
    deciders: ['marked'],
    what: 'a call with an `Idempotency-Key` whose method is not listed is retried only when it was refused',
    why: 'the marked rules tell methods apart; other headers of a request they do not look at',
    source: 'docs/design.md §6: `auto` leaves such calls to the process',
  },
  'retry-after-is-approximate': {
    deciders: ['everyone', 'marked', 'handed over'],
    what: 'waits up to 1.5 times as long, whatever the status; 0, dates and what exceeds the maximum are ignored, and retried early',
    why: 'Envoy reads whole seconds up to `max_interval`, and has no way to give up instead',
    source: `${RUN}: \`rate_limited_retry_back_off\``,
  },
  'retry-after-is-no-condition': {
    deciders: ['everyone', 'marked'],
    what: '429 with `Retry-After` is not retried when 429 is not listed',
    why: 'for Envoy the header is a wait, not a reason',
    source: `${RUN}; RFC 6585 §4 for the process`,
  },
  'should-retry-is-unknown': {
    deciders: ['everyone', 'marked', 'handed over'],
    what: '`x-should-retry: false` does not stop a retry',
    why: 'Envoy does not read it',
    source: RUN,
  },
  'rate-limited-is-final': {
    deciders: ['everyone', 'marked', 'handed over'],
    what: 'a reply with `x-envoy-ratelimited` is not retried',
    why: 'Envoy takes it for the word of a rate limiter; for the process it is a header of somebody else',
    source: `${RUN}; Envoy, \`x-envoy-retry-on: envoy-ratelimited\``,
  },
  'large-body-is-sent-once': {
    deciders: ['everyone', 'marked'],
    what: 'a request of more than 1 MiB is not retried',
    why: 'Envoy keeps so much for a retry, and drops the retry silently above it; `auto` leaves such calls to the process',
    source: `${RUN}: 1024 KiB retried, 1030 KiB not`,
  },
  'stream-is-kept': {
    deciders: ['everyone', 'marked'],
    what: 'a streamed body between 64 KiB and 1 MiB is retried',
    why: 'the process records only `retry.bufferBody` of a stream; `auto` leaves streams to the process',
    source: 'docs/design.md §4',
  },
  'net-is-later': {
    deciders: ['marked'],
    what: 'gives up 500 ms after `timeout`, and may make an attempt more until then',
    why: 'the deadline stays in the process; the route’s timeout is a net under it',
    source: 'docs/design.md §6',
  },
  'retry-after-outlasts-the-timeout': {
    deciders: ['everyone', 'marked', 'handed over'],
    what: 'when the wait would end after the timeout, the caller gets 504 (from the process its timeout) then instead of the reply now',
    why: 'Envoy does not look ahead: the timer of the wait is started although it cannot fire in time',
    source: `${RUN}: a route timeout during back-off replaces a 503 already received`,
  },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceId = keyof typeof DIFFERENCES;

export const DIFFERENCE_IDS = Object.keys(DIFFERENCES) as readonly DifferenceId[];

export function holdsFor(id: DifferenceId, decider: Decider): boolean {
  const { deciders }: Difference = DIFFERENCES[id];
  return (deciders as readonly Decider[]).includes(decider);
}
