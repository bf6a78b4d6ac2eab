import { isTagged } from '../call/is-tagged.ts';
import type { Owner } from '../policy/conditions.ts';

/** Envoy writes it on its own replies, too (1.40, run), where the route's `include_attempt_count_in_response` asks for it. */
const ATTEMPT_COUNT = 'x-envoy-attempt-count';

/** Nobody retries more often; a number above it is not Envoy's. */
const MOST = 1_000;

/** How many requests a proxy made of one of ours, as far as the reply tells; 1 where it does not. */
export function proxyAttemptsOf(value: unknown): number {
  if (!isTagged(value, 'Response')) return 1;
  const count = (value as Response).headers.get(ATTEMPT_COUNT);
  if (count === null || !/^[1-9]\d{0,3}$/.test(count)) return 1;
  return Math.min(Number(count), MOST);
}

/**
 * Do both layers retry one call? Only what was seen counts: attempts that the process kept for itself, and what the
 * replies to them tell. An attempt that was handed over is the sidecar's to repeat.
 */
export class DoubledAttempts {
  /** Attempts of the process that were its own to repeat. */
  attempts = 0;
  /** What the sidecar made of them. */
  sidecarAttempts = 0;

  count({ owner, value }: { readonly owner: Owner; readonly value: unknown }): void {
    if (owner !== 'process') return;
    this.attempts++;
    this.sidecarAttempts += proxyAttemptsOf(value);
  }

  get seen(): boolean {
    return this.attempts > 1 && this.sidecarAttempts > this.attempts;
  }
}
