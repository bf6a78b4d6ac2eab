import { createHash } from 'node:crypto';
import type { Web } from './behaviour.ts';

/** Plain data, so that two of them can be compared and a difference can be read. */
export type Observation =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Observation[]
  | { readonly [name: string]: Observation };

/** Everything that people read off an error: class, name, message, codes, and the same of its causes. */
export function observeError(error: unknown): Observation {
  if (typeof error !== 'object' || error === null) return { thrown: String(error) };
  const { name, message, code, cause } = error as Record<string, unknown>;
  return {
    class: error.constructor?.name,
    name: String(name),
    message: String(message),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(cause === undefined ? {} : { cause: observeError(cause) }),
  };
}

/** The members of a response, none of which begins to read it. */
export function observeMembers(response: Response, web: Web): Observation {
  const { status, statusText, ok, url, redirected, type, bodyUsed, body } = response;
  return {
    ...{ status, statusText, ok, url, redirected, type, bodyUsed },
    headers: [...response.headers].map((header) => header.join(': ')),
    cookies: response.headers.getSetCookie(),
    body: observeBody(body),
    sameBody: response.body === body,
    kin: [response instanceof web.Response, response.headers instanceof web.Headers, String(response)],
    keys: Object.keys(response),
  };
}

export async function observeResponse(response: Response, web: Web): Promise<Observation> {
  const members = observeMembers(response, web);
  const text = abridged(Buffer.from(await response.text()));
  return { members, text, bodyUsed: response.bodyUsed, body: observeBody(response.body) };
}

export function observeBody(body: ReadableStream | null): Observation {
  return body && { locked: body.locked, is: String(body), constructor: body.constructor.name };
}

/** What is short is shown as it is, byte for byte; the rest is measured. */
export function abridged(bytes: Uint8Array): string {
  const text = withoutBoundary(Buffer.from(bytes).toString('latin1'));
  return text.length <= 1000 ? text : `${text.length} bytes, ${createHash('sha256').update(text).digest('hex')}`;
}

/** Takes out what two runs never share: the port of their server, and the boundaries that fetch draws for forms. */
export function normalised(observation: Observation, port: number): Observation {
  if (typeof observation === 'string') {
    return withoutBoundary(observation.replaceAll(`:${port}`, ':PORT'));
  }
  if (typeof observation !== 'object' || observation === null) return observation;
  if (Array.isArray(observation)) return observation.map((item: Observation) => normalised(item, port));
  return Object.fromEntries(Object.entries(observation).map(([name, value]) => [name, normalised(value, port)]));
}

function withoutBoundary(text: string): string {
  return text.replaceAll(/formdata-undici-\d+/g, 'formdata-undici-N');
}
