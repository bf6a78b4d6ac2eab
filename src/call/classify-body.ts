import { Readable } from 'node:stream';
import type { BodyFactory, FetchBody } from './fetch-types.ts';
import { isTagged } from './is-tagged.ts';
import { RecordedStream } from './recorded-stream.ts';
import type { RequestBody } from './request-body.ts';

/** Classifies what the caller gave. A body that fetch would refuse is passed on, so that fetch's own error comes. */
export function classifyBody(body: unknown, limit: number): RequestBody | Promise<RequestBody> {
  if (typeof body === 'string') return same(body, Buffer.byteLength(body));
  if (typeof body === 'function')
    return { next: body as BodyFactory, contentType: undefined, oneShot: undefined, size: undefined };
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
  if (isTagged(body, 'FormData')) return serialised(body as FormData, limit);
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

function same(body: FetchBody, size: number | undefined): RequestBody {
  return { next: () => body, contentType: undefined, oneShot: undefined, size };
}

/** fetch draws a new boundary for each attempt; serialising once keeps the bytes the same. */
async function serialised(form: FormData, limit: number): Promise<RequestBody> {
  const copy = new FormData();
  let estimate = 0;
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      copy.append(name, value);
      estimate += value.length;
    } else {
      copy.append(name, value, value.name);
      estimate += value.size;
    }
  }
  if (estimate > limit)
    return { next: () => form, contentType: undefined, oneShot: 'body-too-large-to-serialise', size: undefined };
  const response = new Response(copy);
  const contentType = response.headers.get('content-type') ?? undefined;
  // Not bytes: Node 22's fetch cannot send those again after a redirect by 307 or 308, but a form or a Blob it can.
  const blob = await response.blob();
  return { next: () => blob, contentType, oneShot: undefined, size: blob.size };
}
