import { byMethods, type Doubling } from '../meshes/envoy/admin/doubled-retries.ts';
import type { EventHub } from '../telemetry/event-hub.ts';

/** Retries that both layers made, summed over the calls to one origin. */
export interface DoubledRetries {
  readonly upstream: string;
  readonly origin: string;
  /** Calls that both the process and the sidecar retried. */
  readonly calls: number;
  /** What the process made of them … */
  readonly attempts: number;
  /** … and the sidecar of those. */
  readonly sidecarAttempts: number;
}

/** Origins with sums of their own; a program that calls arbitrary hosts under one policy must not grow for ever. */
const MOST_ORIGINS = 1_000;
const OTHER_ORIGINS = 'other origins';

/** Of refused connections nothing was processed; of everything else the upstream may bear the load. */
const MILD = 1;
const GRAVE = 2;
type Gravity = typeof MILD | typeof GRAVE;

export interface DoubledRetriesOptions {
  readonly events: EventHub;
  /** Does the route of this origin have a rule of ours, as the last replies show? */
  readonly hasRule: (upstream: string, origin: string) => boolean;
  /** Are the calls told to stand back for one layer (mode `observe`, `auto`, `mesh`)? */
  readonly asks: () => boolean;
  readonly warn: (code: string, message: string) => void;
}

/**
 * Notices that both layers retry the same upstream: on replies, where it is counted, or beforehand in the sidecar's
 * configuration. Said once for each origin, whichever shows it first; again only when it is graver than was said.
 */
export class DoubledRetriesSeen {
  readonly #options: DoubledRetriesOptions;
  readonly #sums = new Map<string, DoubledRetries>();
  readonly #said = new Map<string, Gravity>();

  constructor(options: DoubledRetriesOptions) {
    this.#options = options;
    options.events.on('doubled', ({ upstream, url, attempts, sidecarAttempts }) =>
      // A wrapped function has no URL.
      this.#saw(upstream, URL.parse(url)?.origin ?? upstream, attempts, sidecarAttempts),
    );
  }

  /** Plain data, for the status. */
  sums(): readonly DoubledRetries[] {
    return [...this.#sums.values()];
  }

  /** What the sidecar's configuration shows that it would retry besides the process. Whether calls reach it, replies show. */
  shown(upstream: string, origin: string, doublings: readonly Doubling[]): void {
    const what = byMethods(doublings);
    if (what.length === 0 || this.#said.size > MOST_ORIGINS) return;
    const gravity = what.every(({ kind }) => kind === 'connections') ? MILD : GRAVE;
    const clauses = what.map((doubling) => doubling.what).join('; ');
    const message = `the sidecar could double attempts of ${upstream} at ${origin}, as its configuration shows: ${clauses}`;
    this.#say(upstream, origin, gravity, message);
  }

  #saw(upstream: string, calledAt: string, attempts: number, sidecarAttempts: number): void {
    const isKnown = this.#sums.has(`${upstream} ${calledAt}`);
    const origin = isKnown || this.#sums.size < MOST_ORIGINS ? calledAt : OTHER_ORIGINS;
    const key = `${upstream} ${origin}`;
    const before = this.#sums.get(key);
    this.#sums.set(key, {
      upstream,
      origin,
      calls: (before?.calls ?? 0) + 1,
      attempts: (before?.attempts ?? 0) + attempts,
      sidecarAttempts: (before?.sidecarAttempts ?? 0) + sidecarAttempts,
    });
    const message = `both layers retry ${upstream} at ${origin}: of ${attempts} attempts of this process the sidecar made ${sidecarAttempts}`;
    if (before === undefined) this.#say(upstream, origin, GRAVE, message, calledAt);
  }

  #say(upstream: string, origin: string, gravity: Gravity, message: string, calledAt = origin): void {
    const key = `${upstream} ${origin}`;
    if ((this.#said.get(key) ?? 0) >= gravity) return;
    this.#said.set(key, gravity);
    this.#options.warn('MESHWISE_DOUBLED', `${message}. ${this.#remedy(upstream, calledAt)}`);
  }

  #remedy(upstream: string, origin: string): string {
    const { hasRule, asks } = this.#options;
    if (hasRule(upstream, origin)) {
      return "The rule that stands back for this process retries by itself: export the policy again and apply it, or switch the mesh's own retries off";
    }
    const apply = 'export the policy (npx meshwise export) and apply it';
    return `${asks() ? `No reply has shown a rule that stands back: ${apply}` : `Use MESHWISE_MODE=auto, and ${apply}`}; or switch one layer's retries off: retry: false in the policy, or the mesh's own`;
  }
}
