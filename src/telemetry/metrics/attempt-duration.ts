import { channel } from 'node:diagnostics_channel';
import type { Attributes } from '@opentelemetry/api';
import { currentRecorder } from './current-recorder.ts';
import type { Recorder } from './recorder.ts';

/** Held here: a channel that nobody holds is collected, and with it what it knows of its subscribers. */
const undiciRequests = channel('undici:request:create');

/** `http.client.request.duration` of one attempt. */
export class AttemptDuration {
  readonly #recorder: Recorder;
  readonly #request: Attributes;
  readonly #startedAt = performance.now();

  constructor(recorder: Recorder, request: Attributes) {
    this.#recorder = recorder;
    this.#request = request;
  }

  /** `outcome`: the status and `error.type`, as on the attempt's span. */
  end(outcome: Attributes): void {
    const attributes: Attributes = {};
    for (const name of REQUIRED) {
      const value = this.#request[name];
      if (value !== undefined) attributes[name] = value;
    }
    this.#recorder.attempt(Object.assign(attributes, outcome), performance.now() - this.#startedAt);
  }
}

/** By the conventions, of this metric. A span has more. */
const REQUIRED = ['http.request.method', 'server.address', 'server.port'] as const;

/**
 * Whoever is to be told how long an attempt took. Nobody where an instrumentation listens to undici's requests: it
 * records the same metric, also for requests whose spans are suppressed (instrumentation-undici 0.34).
 */
export function attemptRecorder(): Recorder | undefined {
  return undiciRequests.hasSubscribers ? undefined : currentRecorder();
}
