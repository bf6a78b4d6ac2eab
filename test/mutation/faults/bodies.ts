import type { Fault } from './fault.ts';

const RECORDED = 'src/call/recorded-stream.ts';

/** What goes out, attempt by attempt. */
export const BODY_FAULTS: readonly Fault[] = [
  {
    id: 'used-stream-sent-again',
    suffers: 'a retry sends a part of the body, or none, and is answered with 200',
    file: RECORDED,
    text: "return this.#state === 'sending' ? 'body-not-ended' : this.#state;",
    replacement: 'return undefined;',
    tests: ['test/sockets/fetch/bodies.test.ts'],
  },
  {
    id: 'limit-of-the-record-ignored',
    suffers: 'a stream of gigabytes is kept in memory',
    file: RECORDED,
    text: 'if (this.#bytes > this.#limit) {',
    replacement: 'if (this.#bytes < 0) {',
    tests: ['test/sockets/fetch/bodies.test.ts', 'test/property/call/recorded-stream.test.ts'],
  },
  {
    id: 'chunks-not-copied',
    suffers: 'a retry sends what the producer has written over the bytes meanwhile',
    file: RECORDED,
    text: 'this.#chunks.push(chunk instanceof Uint8Array ? new Uint8Array(chunk) : chunk);',
    replacement: 'this.#chunks.push(chunk);',
    tests: ['test/property/call/recorded-stream.test.ts'],
  },
  {
    id: 'buffer-not-copied',
    suffers: 'a retry sends what the caller has written into his buffer since the call',
    file: 'src/call/classify-body.ts',
    text: 'return same(bytes.slice(), bytes.byteLength);',
    replacement: 'return same(bytes, bytes.byteLength);',
    tests: ['test/sockets/fetch/bodies.test.ts', 'test/unit/call/classify-body.test.ts'],
  },
  {
    id: 'boundary-drawn-anew',
    suffers: 'each attempt of a form has other bytes: signatures and idempotency break',
    file: 'src/call/classify-body.ts',
    text: 'return { ...same(multipart.body, multipart.body.size), contentType: multipart.contentType };',
    replacement: 'return same(form, undefined);',
    tests: ['test/sockets/fetch/bodies.test.ts', 'test/unit/call/classify-body.test.ts'],
  },
  {
    id: 'used-request-sent-again',
    suffers: 'the retry of a Request with a body fails: its body was used by the first attempt',
    file: 'src/call/fetch-exchange.ts',
    text: 'number > 1 && this.#cloned !== undefined',
    replacement: 'number > 9 && this.#cloned !== undefined',
    tests: ['test/sockets/fetch/bodies.test.ts'],
  },
  {
    id: 'callers-header-let-through',
    suffers: 'whoever calls can claim to be the library, and hand over what nobody proved',
    file: 'src/process/attempt.ts',
    text: 'return this.#trace === undefined ? RESERVED : [...RESERVED, ...this.#trace.fields()];',
    replacement: 'return this.#trace === undefined ? [] : this.#trace.fields();',
    tests: ['test/sockets/fetch/bodies.test.ts'],
  },
];
