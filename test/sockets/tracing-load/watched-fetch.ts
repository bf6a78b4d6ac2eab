import type { FetchFunction } from '../../../src/call/fetch-types.ts';
import { CALL_HEADER } from './counting-upstream.ts';

/** fetch itself, and which of its requests are under way. */
export class WatchedFetch {
  /** Requests that have been begun and not ended, by their call. A call has one at a time. */
  readonly #underWay = new Set<number>();
  /** Those of them that the upstream has received and will not answer. */
  readonly #unanswered = new Set<number>();

  readonly fetch: FetchFunction = async (input, init) => {
    const call = Number(new Headers(init?.headers).get(CALL_HEADER));
    this.#underWay.add(call);
    try {
      return await fetch(input, init);
    } finally {
      this.#underWay.delete(call);
      this.#unanswered.delete(call);
    }
  };

  willNotBeAnswered(call: number): void {
    if (this.#underWay.has(call)) this.#unanswered.add(call);
  }

  /** Nothing comes from the network any more, before time goes on. */
  get isQuiet(): boolean {
    return this.#underWay.size === this.#unanswered.size;
  }
}
