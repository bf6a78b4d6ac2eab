import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import type { BodyFactory, FetchBody } from './fetch-types.ts';
import { isTagged } from './is-tagged.ts';
import { multipartForm } from './multipart-form.ts';
import { RecordedStream } from './recorded-stream.ts';
import type { RequestBody } from './request-body.ts';

/** Classifies what the caller gave. A body that fetch would refuse is passed on, so that fetch's own error comes. */
export function classifyBody(body: unknown, limit: number): RequestBody {
  if (typeof body === 'string') return same(body, Buffer.byteLength(body));
  if (typeof body === 'function') return made(body as BodyFactory);
  // Of shared memory fetch makes what its version makes of it.
  if (ArrayBuffer.isView(body) && body.buffer instanceof SharedArrayBuffer) return same(body as FetchBody, undefined);
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
    // fetch takes a copy when it is called, so callers may reuse their buffer at once; later attempts must not see that.
    const bytes =
      body instanceof ArrayBuffer
        ? new Uint8Array(body)
        : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return same(bytes.slice(), bytes.byteLength);
  }
  if (body instanceof URLSearchParams) return same(new URLSearchParams(body), Buffer.byteLength(String(body)));
  if (body instanceof Blob) return same(body, body.size);
  if (isTagged(body, 'FormData')) return encoded(body as FormData);
  if (body instanceof ReadableStream) {
    if (body.locked || Readable.isDisturbed(body as unknown as Readable)) return same(body as FetchBody, undefined);
    return new RecordedStream(body, limit);
  }
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    return new RecordedStream(body as AsyncIterable<unknown>, limit);
  }
  if (typeof body === 'symbol') return same(body as unknown as FetchBody, undefined);
  // Anything else fetch turns into a string, as it stands now.
  try {
    const text = String(body);
    return same(text, Buffer.byteLength(text));
  } catch {
    return same(body as FetchBody, undefined);
  }
}

/** A factory is the caller's code, and runs in the caller's context, not in that of an attempt, where nothing is traced. */
function made(factory: BodyFactory): RequestBody {
  const within = AsyncLocalStorage.snapshot();
  return { next: () => within(factory), contentType: undefined, oneShot: undefined, size: undefined };
}

function same(body: FetchBody, size: number | undefined): RequestBody {
  return { next: () => body, contentType: undefined, oneShot: undefined, size };
}

function encoded(form: FormData): RequestBody {
  try {
    const multipart = multipartForm(form);
    if (multipart !== undefined)
      return { ...same(multipart.body, multipart.body.size), contentType: multipart.contentType };
  } catch {
    // It has the tag, but not the entries of a form, as the npm package form-data: fetch makes a text of that.
  }
  return same(form, undefined);
}
