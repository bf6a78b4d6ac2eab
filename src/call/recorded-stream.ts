import { type BodySource, type BodyStep, sourceOf } from './body-source.ts';
import type { FetchBody } from './fetch-types.ts';
import type { OneShotReason, RequestBody } from './request-body.ts';

/** What was taken first from the source, while nothing else has been; the chunk, once it is there. */
interface Opening {
  readonly step: Promise<BodyStep>;
  chunk: unknown;
}

/**
 * A streamed body that is recorded while it is sent, never read ahead (that can deadlock a producer that waits for the
 * response). It can be sent again while nothing of it has been sent, or once it has ended within the limit.
 * Every attempt sends a stream, so chunked stays chunked.
 *
 * Node's own fetch takes the first chunk before it has a connection: it tees the body, and a branch takes one chunk
 * ahead (undici 6 and 7). It asks for the second when it takes the first to write it. So a first chunk can be handed out
 * again when no connection was made and no other has been asked for; were the connection that of a redirect, more would
 * have been taken. Above the limit the chunk is not copied, and held only until another is asked for.
 */
export class RecordedStream implements RequestBody {
  readonly contentType = undefined;
  readonly size = undefined;
  readonly #source: BodySource;
  readonly #limit: number;
  #chunks: unknown[] = [];
  #bytes = 0;
  #state: 'untouched' | 'sending' | 'ended' | OneShotReason = 'untouched';
  #attempt = 0;
  #opening: Opening | undefined;

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

  unsent(): void {
    const opening = this.#opening;
    if (opening === undefined) return;
    const chunk = this.#chunks[0] ?? opening.chunk;
    // Somebody has transferred its memory away.
    if (ArrayBuffer.isView(chunk) && chunk.byteLength !== this.#bytes) return;
    const step = chunk === undefined ? opening.step : Promise.resolve({ done: false, value: chunk });
    this.#opening = { step, chunk: undefined };
    this.#chunks = [];
    this.#bytes = 0;
    this.#state = 'untouched';
    // The stream of that attempt may still be waiting for the chunk.
    this.#attempt++;
  }

  #record(): ReadableStream<unknown> {
    const attempt = ++this.#attempt;
    return new ReadableStream(
      {
        pull: async (controller) => {
          this.#mustBe(attempt);
          const first = this.#state === 'untouched';
          let step: BodyStep;
          try {
            step = await (first ? this.#open() : this.#readOn());
          } catch (error) {
            if (attempt === this.#attempt) this.#forget('body-failed');
            throw error;
          }
          this.#mustBe(attempt);
          if (step.done) {
            if (this.#state === 'sending') this.#state = 'ended';
            controller.close();
          } else {
            this.#remember(step.value);
            if (this.#opening !== undefined) this.#opening.chunk = step.value;
            controller.enqueue(step.value);
          }
        },
        cancel: async (reason) => {
          // Nothing was read: the source is as good as new for the next attempt.
          if (this.#state === 'untouched' || attempt !== this.#attempt) return;
          this.#forget(this.#state === 'sending' ? 'body-not-ended' : undefined);
          await this.#source.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** The source is read by one attempt at a time. */
  #mustBe(attempt: number): void {
    if (attempt !== this.#attempt) throw new Error('The attempt that sent this body is over');
  }

  #open(): Promise<BodyStep> {
    this.#state = 'sending';
    this.#opening ??= { step: this.#source.read(), chunk: undefined };
    return this.#opening.step;
  }

  #readOn(): Promise<BodyStep> {
    this.#opening = undefined;
    return this.#source.read();
  }

  #remember(chunk: unknown): void {
    if (this.#state !== 'sending') return;
    // A chunk of another kind is fetch's to refuse.
    const bytes = ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
    this.#bytes += bytes;
    if (this.#bytes > this.#limit) {
      this.#state = 'body-too-large';
      this.#chunks = [];
      return;
    }
    // A copy: fetch may transfer the buffer away, and producers use theirs again. Buffer's own `slice` makes none.
    this.#chunks.push(chunk instanceof Uint8Array ? new Uint8Array(chunk) : chunk);
  }

  #forget(reason: OneShotReason | undefined): void {
    if (reason !== undefined) this.#state = reason;
    this.#opening = undefined;
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
