import { attemptCountOn } from '../call/envoy-reply-headers.ts';
import type { Owner } from '../policy/conditions.ts';

/** How many requests a proxy made of one of ours, as far as the reply tells; 1 where it does not. */
export function proxyAttemptsOf(value: unknown): number {
  return attemptCountOn(value) ?? 1;
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
