import { type BodySource, type BodyStep, sourceOf } from './body-source.ts';
import type { FetchBody } from './fetch-types.ts';
import type { OneShotReason, RequestBody } from './request-body.ts';

/**
 * A streamed body that is recorded while it is sent, never read ahead (that can deadlock a producer that waits for the
 * response). It can be sent again while nothing of it has been read, or once it has ended within the limit.
 * Every attempt sends a stream, so chunked stays chunked.
 */
export class RecordedStream implements RequestBody {
  readonly contentType = undefined;
  readonly size = undefined;
  readonly #source: BodySource;
  readonly #limit: number;
  #chunks: unknown[] = [];
  #bytes = 0;
  #state: 'untouched' | 'sending' | 'ended' | OneShotReason = 'untouched';

  /** Locks a stream, as fetch does when it is called. */
  constructor(source: ReadableStream<unknown> | AsyncIterable<unknown>, limit: number) {
    this.#source = sourceOf(source);
    this.#limit = limit;
  }

  get oneShot(): OneShotReason | undefined {
    if (this.#state === 'untouched' || this.#state === 'ended') return undefined;
    return this.#state === 'sending' ? 'body-not-ended' : this.#state;
  }

  next(): FetchBody {
    return (this.#state === 'ended' ? this.#replay() : this.#record()) as FetchBody;
  }

  #record(): ReadableStream<unknown> {
    return new ReadableStream(
      {
        pull: async (controller) => {
          if (this.#state === 'untouched') this.#state = 'sending';
          let step: BodyStep;
          try {
            step = await this.#source.read();
          } catch (error) {
            this.#forget('body-failed');
            throw error;
          }
          if (step.done) {
            if (this.#state === 'sending') this.#state = 'ended';
            controller.close();
          } else {
            this.#remember(step.value);
            controller.enqueue(step.value);
          }
        },
        cancel: async (reason) => {
          // Nothing was read: the source is as good as new for the next attempt.
          if (this.#state === 'untouched') return;
          this.#forget(this.#state === 'sending' ? 'body-not-ended' : undefined);
          await this.#source.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  #remember(chunk: unknown): void {
    if (this.#state !== 'sending') return;
    // A chunk of another kind is fetch's to refuse.
    const bytes = ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
    this.#bytes += bytes;
    if (this.#bytes > this.#limit) {
      this.#forget('body-too-large');
      return;
    }
    // A copy: fetch may transfer the buffer away, and producers use theirs again. Buffer's own `slice` makes none.
    this.#chunks.push(chunk instanceof Uint8Array ? new Uint8Array(chunk) : chunk);
  }

  #forget(reason: OneShotReason | undefined): void {
    if (reason !== undefined) this.#state = reason;
    if (this.#state !== 'ended') this.#chunks = [];
  }

  #replay(): ReadableStream<unknown> {
    let index = 0;
    return new ReadableStream(
      {
        pull: (controller) => {
          if (index < this.#chunks.length) {
            const chunk = this.#chunks[index++];
            controller.enqueue(chunk instanceof Uint8Array ? chunk.slice() : chunk);
          } else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }
}
