import { isTagged } from './is-tagged.ts';

/** Envoy writes it on its own replies, too (1.40, run), where the route's `include_attempt_count_in_response` asks for it. */
const ATTEMPT_COUNT = 'x-envoy-attempt-count';

/** Not on its own replies (1.40, run). */
const UPSTREAM_SERVICE_TIME = 'x-envoy-upstream-service-time';

/** Nobody retries more often; a number above it is not Envoy's. */
const MOST = 1_000;

/** How many requests a proxy made of one of ours; `undefined`: the reply does not tell. Whose proxy it was, neither. */
export function attemptCountOn(value: unknown): number | undefined {
  const count = headerOn(value, ATTEMPT_COUNT);
  return count !== undefined && /^[1-9]\d{0,3}$/.test(count) ? Math.min(Number(count), MOST) : undefined;
}

/** Milliseconds that a proxy waited for the upstream's headers, its retries included. */
export function upstreamServiceTimeOn(value: unknown): number | undefined {
  const ms = headerOn(value, UPSTREAM_SERVICE_TIME);
  return ms !== undefined && /^\d{1,9}$/.test(ms) ? Number(ms) : undefined;
}

function headerOn(value: unknown, name: string): string | undefined {
  return isTagged(value, 'Response') ? ((value as Response).headers.get(name) ?? undefined) : undefined;
}
