import { AsyncLocalStorage } from 'node:async_hooks';

export interface BodyStep {
  readonly done: boolean;
  readonly value?: unknown;
}

/** Where a streamed body comes from, read once, in the context of whoever made it: it is the caller's code that is asked. */
export interface BodySource {
  read(): Promise<BodyStep>;
  /** Nobody will read on. */
  cancel(reason: unknown): Promise<void>;
}

export function sourceOf(body: ReadableStream<unknown> | AsyncIterable<unknown>): BodySource {
  return body instanceof ReadableStream ? new StreamSource(body) : new IterableSource(body);
}

class StreamSource implements BodySource {
  readonly #within = AsyncLocalStorage.snapshot();
  readonly #reader: ReadableStreamDefaultReader<unknown>;

  constructor(stream: ReadableStream<unknown>) {
    this.#reader = stream.getReader();
  }

  read(): Promise<BodyStep> {
    return this.#within(() => this.#reader.read());
  }

  /** Ends a read that is pending; the stream's own iterator would wait for it. */
  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

class IterableSource implements BodySource {
  readonly #within = AsyncLocalStorage.snapshot();
  readonly #iterable: AsyncIterable<unknown>;
  #iterator: AsyncIterator<unknown> | undefined;

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterable = iterable;
  }

  async read(): Promise<BodyStep> {
    const { done = false, value } = await this.#within(() => {
      this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
      return this.#iterator.next();
    });
    // As fetch reads an iterable: text is bytes too, and what cannot be bytes gives the same error (undici: extractBody).
    return { done, value: done || value instanceof Uint8Array ? value : Buffer.from(value as string) };
  }

  async cancel(reason: unknown): Promise<void> {
    await this.#iterator?.return?.(reason);
  }
}
