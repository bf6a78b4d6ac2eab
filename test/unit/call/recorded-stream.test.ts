import { beforeEach, describe, expect, it } from 'vitest';
import { RecordedStream } from '../../../src/call/recorded-stream.ts';

const LIMIT = 10;

/** A source that counts what is taken from it, and never makes anything before it is asked. */
class Producer {
  pulls = 0;
  cancelled: unknown;
  readonly stream: ReadableStream<unknown>;

  constructor(chunks: readonly unknown[], failure?: Error) {
    this.stream = new ReadableStream(
      {
        pull: (controller) => {
          const chunk = chunks[this.pulls++];
          if (chunk !== undefined) controller.enqueue(chunk);
          else if (failure !== undefined) controller.error(failure);
          else controller.close();
        },
        cancel: (reason) => {
          this.cancelled = reason;
        },
      },
      { highWaterMark: 0 },
    );
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function readerOf(body: RecordedStream): ReadableStreamDefaultReader<Uint8Array> {
  return (body.next() as ReadableStream<Uint8Array>).getReader();
}

async function readAll(body: RecordedStream): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of body.next() as ReadableStream<Uint8Array>) chunks.push(Buffer.from(chunk).toString());
  return chunks.join('|');
}

describe('while it is sent', () => {
  let producer: Producer;
  let body: RecordedStream;
  beforeEach(() => {
    producer = new Producer([bytes('one'), bytes('two')]);
    body = new RecordedStream(producer.stream, LIMIT);
  });

  it('reads nothing before it is read', async () => {
    const reader = readerOf(body);
    expect(producer.pulls).toBe(0);
    expect(body.oneShot).toBeUndefined();
    reader.releaseLock();
  });

  it('takes from its source exactly what was asked for', async () => {
    const reader = readerOf(body);
    for (let pulls = 1; pulls <= 2; pulls++) {
      await reader.read();
      await new Promise(setImmediate);
      expect(producer.pulls).toBe(pulls);
      expect(body.oneShot).toBe('body-not-ended');
    }
    expect((await reader.read()).done).toBe(true);
    expect(body.oneShot).toBeUndefined();
    expect(producer.pulls).toBe(3);
  });

  it('has not ended with its last chunk, only with its end', async () => {
    const reader = readerOf(body);
    await reader.read();
    await reader.read();
    expect(body.oneShot).toBe('body-not-ended');
  });

  it('is one-shot from the moment of the first read, before the chunk is there', async () => {
    let produce: (chunk: IteratorResult<Uint8Array>) => void = () => undefined;
    const slow = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<Uint8Array>>((resolve) => {
            produce = resolve;
          }),
      }),
    };
    body = new RecordedStream(slow, LIMIT);
    const read = readerOf(body).read();
    await new Promise(setImmediate);
    expect(body.oneShot).toBe('body-not-ended');
    produce({ done: false, value: bytes('late') });
    expect((await read).value).toEqual(bytes('late'));
  });
});

describe('sent again', () => {
  it('has the same chunks each time, as a stream', async () => {
    const body = new RecordedStream(new Producer([bytes('one'), bytes('two')]).stream, LIMIT);
    for (let attempt = 1; attempt <= 3; attempt++) expect(await readAll(body)).toBe('one|two');
  });

  it('may be empty', async () => {
    const body = new RecordedStream(new Producer([]).stream, LIMIT);
    expect(await readAll(body)).toBe('');
    expect(body.oneShot).toBeUndefined();
    expect(await readAll(body)).toBe('');
  });

  it('may be cancelled half-way and sent once more', async () => {
    const body = new RecordedStream(new Producer([bytes('one'), bytes('two')]).stream, LIMIT);
    await readAll(body);
    const reader = readerOf(body);
    await reader.read();
    await reader.cancel(new Error('reset'));
    expect(body.oneShot).toBeUndefined();
    expect(await readAll(body)).toBe('one|two');
  });

  it('does not depend on what becomes of the chunks: fetch may transfer their memory away', async () => {
    const body = new RecordedStream(new Producer([bytes('one'), bytes('two')]).stream, LIMIT);
    for (let attempt = 1; attempt <= 3; attempt++) {
      const chunks: string[] = [];
      for await (const chunk of body.next() as ReadableStream<Uint8Array<ArrayBuffer>>) {
        chunks.push(Buffer.from(chunk).toString());
        structuredClone(chunk, { transfer: [chunk.buffer] });
      }
      expect(chunks).toEqual(['one', 'two']);
    }
  });

  it.each([
    ['a Uint8Array', (text: string) => bytes(text)],
    ['a Buffer', (text: string) => Buffer.from(text)],
  ])('does not depend on what its producer does with its memory: %s', async (_, make) => {
    const memory = make('one');
    async function* reusing() {
      yield memory;
      memory.set(bytes('two'));
      yield memory;
      memory.set(bytes('XXX'));
    }
    const body = new RecordedStream(reusing(), LIMIT);
    expect(await readAll(body)).toBe('one|two');
    expect(await readAll(body)).toBe('one|two');
  });
});

describe('the limit', () => {
  it.each([
    ['exactly', [4, 6], undefined],
    ['one more', [4, 7], 'body-too-large'],
    ['exactly, in one chunk', [10], undefined],
    ['one more, in one chunk', [11], 'body-too-large'],
    ['empty chunks do not count', [10, 0, 0], undefined],
  ] as const)('%s', async (_, sizes, oneShot) => {
    const body = new RecordedStream(new Producer(sizes.map((size) => new Uint8Array(size))).stream, LIMIT);
    const chunks: number[] = [];
    for await (const chunk of body.next() as ReadableStream<Uint8Array>) chunks.push(chunk.byteLength);
    expect(chunks).toEqual(sizes);
    expect(body.oneShot).toBe(oneShot);
  });

  it('of nothing still allows an empty body', async () => {
    const body = new RecordedStream(new Producer([]).stream, 0);
    await readAll(body);
    expect(body.oneShot).toBeUndefined();
  });

  it('is noticed when it is passed, not at the end', async () => {
    const body = new RecordedStream(new Producer([new Uint8Array(11), bytes('more')]).stream, LIMIT);
    await readerOf(body).read();
    expect(body.oneShot).toBe('body-too-large');
  });
});

describe('an attempt that gives it up', () => {
  it('before anything was read leaves it untouched for the next', async () => {
    const producer = new Producer([bytes('one')]);
    const body = new RecordedStream(producer.stream, LIMIT);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await readerOf(body).cancel(new Error('refused'));
      expect(body.oneShot).toBeUndefined();
    }
    expect([producer.pulls, producer.cancelled]).toEqual([0, undefined]);
    expect(await readAll(body)).toBe('one');
    expect(await readAll(body)).toBe('one');
  });

  it('half-way ends its source, and the body is one-shot', async () => {
    const producer = new Producer([bytes('one'), bytes('two')]);
    const body = new RecordedStream(producer.stream, LIMIT);
    const reader = readerOf(body);
    await reader.read();
    const reason = new Error('reset');
    await reader.cancel(reason);
    expect(body.oneShot).toBe('body-not-ended');
    expect(producer.cancelled).toBe(reason);
    expect(producer.pulls).toBe(1);
  });

  it('half-way ends an async iterable, whose clean-up runs', async () => {
    let cleanedUp = false;
    async function* source() {
      try {
        yield bytes('one');
        yield bytes('two');
      } finally {
        cleanedUp = true;
      }
    }
    const body = new RecordedStream(source(), LIMIT);
    const reader = readerOf(body);
    await reader.read();
    await reader.cancel();
    expect(cleanedUp).toBe(true);
  });

  it('above the limit keeps that reason', async () => {
    const body = new RecordedStream(new Producer([new Uint8Array(11), bytes('more')]).stream, LIMIT);
    const reader = readerOf(body);
    await reader.read();
    await reader.cancel();
    expect(body.oneShot).toBe('body-too-large');
  });

  it('while a chunk is on its way harms nobody', async () => {
    let produce: (step: IteratorResult<Uint8Array>) => void = () => undefined;
    const slow = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<Uint8Array>>((resolve) => {
            produce = resolve;
          }),
      }),
    };
    const body = new RecordedStream(slow, LIMIT);
    const reader = readerOf(body);
    const read = reader.read();
    await new Promise(setImmediate);
    await reader.cancel(new Error('reset'));
    expect(await read).toEqual({ done: true, value: undefined });
    produce({ done: true, value: undefined });
    await new Promise(setImmediate);
    expect(body.oneShot).toBe('body-not-ended');
  });
});

describe('an attempt that could not send it, as no connection was made', () => {
  it.each([
    ['within the limit', 'one', 'one|two'],
    ['above the limit', 'more than ten', 'more than ten|two'],
  ])('hands back its first chunk: %s', async (_, first, whole) => {
    const producer = new Producer([bytes(first), bytes('two')]);
    const body = new RecordedStream(producer.stream, LIMIT);
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect((await readerOf(body).read()).value).toEqual(bytes(first));
      expect(body.oneShot).toBeDefined();
      body.unsent();
      expect(body.oneShot).toBeUndefined();
      expect(producer.pulls).toBe(1);
    }
    expect(await readAll(body)).toBe(whole);
    expect(producer.pulls).toBe(3);
    expect(body.oneShot).toBe(whole.length > LIMIT ? 'body-too-large' : undefined);
  });

  it('hands back a chunk that is still on its way, and the failed attempt gets nothing of it', async () => {
    let produce: (step: IteratorResult<Uint8Array>) => void = () => undefined;
    const steps = [
      new Promise<IteratorResult<Uint8Array>>((resolve) => {
        produce = resolve;
      }),
    ];
    const slow = {
      [Symbol.asyncIterator]: () => ({
        next: () => steps.shift() ?? Promise.resolve({ done: true, value: undefined } as const),
      }),
    };
    const body = new RecordedStream(slow, LIMIT);
    const failed = readerOf(body).read();
    await new Promise(setImmediate);
    body.unsent();
    expect(body.oneShot).toBeUndefined();
    const sent = readAll(body);
    produce({ done: false, value: bytes('late') });
    await expect(failed).rejects.toThrow('The attempt that sent this body is over');
    expect(await sent).toBe('late');
    expect(await readAll(body)).toBe('late');
  });

  it('has nothing to hand back when it has taken nothing', async () => {
    const body = new RecordedStream(new Producer([bytes('one')]).stream, LIMIT);
    body.next();
    body.unsent();
    expect(await readAll(body)).toBe('one');
  });

  it('hands back nothing when a second chunk was asked for: then the first has been sent', async () => {
    let produce: (step: IteratorResult<Uint8Array>) => void = () => undefined;
    async function* source() {
      yield bytes('one');
      const step = await new Promise<IteratorResult<Uint8Array>>((resolve) => {
        produce = resolve;
      });
      yield step.value;
    }
    const body = new RecordedStream(source(), LIMIT);
    const reader = readerOf(body);
    await reader.read();
    const second = reader.read();
    await new Promise(setImmediate);
    body.unsent();
    expect(body.oneShot).toBe('body-not-ended');
    produce({ done: false, value: bytes('two') });
    expect((await second).value).toEqual(bytes('two'));
  });

  it('hands back nothing when it has been cancelled: its source is gone', async () => {
    const body = new RecordedStream(new Producer([bytes('one'), bytes('two')]).stream, LIMIT);
    const reader = readerOf(body);
    await reader.read();
    await reader.cancel();
    body.unsent();
    expect(body.oneShot).toBe('body-not-ended');
  });

  it.each([
    ['is whole within the limit: there is a copy', 'one', undefined, 'one'],
    ['hands back nothing above the limit', 'more than ten', 'body-too-large', undefined],
  ] as const)('whose chunk was transferred away %s', async (_, first, oneShot, whole) => {
    const body = new RecordedStream(new Producer([bytes(first)]).stream, LIMIT);
    const { value } = await readerOf(body).read();
    structuredClone(value, { transfer: [value?.buffer as ArrayBuffer] });
    body.unsent();
    expect(body.oneShot).toBe(oneShot);
    if (whole !== undefined) expect(await readAll(body)).toBe(whole);
  });

  it('that ended leaves it whole', async () => {
    for (const chunks of [[], [bytes('one')]]) {
      const body = new RecordedStream(new Producer(chunks).stream, LIMIT);
      const whole = await readAll(body);
      body.unsent();
      expect(body.oneShot).toBeUndefined();
      expect(await readAll(body)).toBe(whole);
    }
  });

  it('reads and ends nothing afterwards', async () => {
    const producer = new Producer([bytes('one'), bytes('two')]);
    const body = new RecordedStream(producer.stream, LIMIT);
    const [over, cancelled] = [readerOf(body), readerOf(body)];
    await cancelled.read();
    body.unsent();
    const next = readerOf(body);
    expect((await next.read()).value).toEqual(bytes('one'));
    await cancelled.cancel();
    await expect(over.read()).rejects.toThrow('The attempt that sent this body is over');
    expect(producer.pulls).toBe(1);
    expect(producer.cancelled).toBeUndefined();
    expect((await next.read()).value).toEqual(bytes('two'));
    expect((await next.read()).done).toBe(true);
    expect(await readAll(body)).toBe('one|two');
  });

  it('whose body failed meanwhile gives the error to the next', async () => {
    const failure = new Error('no such file');
    let fail: (error: Error) => void = () => undefined;
    const slow = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<Uint8Array>>((_, reject) => {
            fail = reject;
          }),
      }),
    };
    const body = new RecordedStream(slow, LIMIT);
    const first = readerOf(body).read();
    await new Promise(setImmediate);
    body.unsent();
    fail(failure);
    await expect(first).rejects.toBe(failure);
    expect(body.oneShot).toBeUndefined();
    await expect(readerOf(body).read()).rejects.toBe(failure);
    expect(body.oneShot).toBe('body-failed');
  });
});

describe('a body that fails', () => {
  it('gives its own error to the attempt, and is one-shot', async () => {
    const failure = new Error('the disk is gone');
    const body = new RecordedStream(new Producer([bytes('one')], failure).stream, LIMIT);
    const reader = readerOf(body);
    await reader.read();
    await expect(reader.read()).rejects.toBe(failure);
    expect(body.oneShot).toBe('body-failed');
  });

  it('at once, likewise', async () => {
    const failure = new Error('no such file');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* [];
      throw failure;
    }
    const body = new RecordedStream(source(), LIMIT);
    await expect(readerOf(body).read()).rejects.toBe(failure);
    expect(body.oneShot).toBe('body-failed');
  });
});
