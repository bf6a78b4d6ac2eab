import { createHash } from 'node:crypto';
import type { FetchInput } from '../../../src/index.ts';
import { type BodyKind, bodyKinds } from './body-kinds.ts';
import type { Method } from './cells.ts';
import type { ClientName, Realm } from './realm.ts';
import { REALMS } from './realm.ts';
import type { ReceivedRequest, RecordingUpstream } from './recording-upstream.ts';

/** What a caller hands to fetch. */
export interface CallArguments {
  readonly input: FetchInput;
  readonly init: RequestInit | undefined;
}

/** A request of this kind as a caller of this realm writes it. */
export async function callArguments(
  { realm, method, body, url }: { realm: Realm; method: Method; body: BodyKind; url: string },
  signal: AbortSignal | undefined,
): Promise<CallArguments> {
  const init = {
    method: method.slice(0, 4).trim(),
    headers: { 'X-Mine': 'kept', ...(method === 'POST with a key' ? { 'Idempotency-Key': 'k-1' } : {}) },
    ...(signal === undefined ? {} : { signal }),
    ...(body.holds === 'nothing' ? {} : { body: await body.make(realm), duplex: 'half' }),
  } as RequestInit;
  if (body.as !== 'Request') return { input: url, init };
  const request = body.refused === 'of another realm' ? new Request(url, init) : new realm.Request(url, init);
  if (body.refused === 'used') await request.text();
  return { input: request, init: undefined };
}

/** What the wire shows of one request. The boundary of a form is drawn anew by every fetch, in the same length. */
export interface Wire {
  readonly method: string;
  /** Without what meshwise adds. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  readonly sha256: string;
}

export function wireOf({ method, headers, body }: ReceivedRequest): Wire {
  const boundary = /boundary=(.*)/.exec(headers['content-type'] ?? '')?.[1];
  const masked = (text: string) => (boundary === undefined ? text : text.replaceAll(boundary, '<boundary>'));
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-meshwise-'));
  return {
    method,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, masked(String(value))])),
    bytes: body.length,
    sha256: createHash('sha256')
      .update(masked(body.toString('latin1')), 'latin1')
      .digest('hex'),
  };
}

/** How a bare fetch of the same realm sends a request, or what it says to it. */
export type Bare = { readonly wire: Wire } | { readonly error: string };

/** Made once for each kind of request. */
export class BareFetches {
  readonly #upstream: RecordingUpstream;
  readonly #known = new Map<string, Promise<Bare>>();

  constructor(upstream: RecordingUpstream) {
    this.#upstream = upstream;
  }

  of(client: ClientName, method: Method, body: BodyKind): Promise<Bare> {
    const key = `${client} ${method} ${body.name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#make(client, method, body);
    this.#known.set(key, made);
    return made;
  }

  async #make(client: ClientName, method: Method, given: BodyKind): Promise<Bare> {
    const realm = REALMS[client];
    const channel = this.#upstream.channel([{ status: 200 }]);
    const body = withoutOurs(client, given);
    const { input, init } = await callArguments(
      { realm, method, body, url: this.#upstream.origin + channel.path },
      undefined,
    );
    try {
      await (await realm.fetch(input, init)).text();
    } catch (error) {
      return { error: String(error) };
    }
    const [request] = channel.requests;
    if (request === undefined) throw new Error(`a bare fetch sent nothing: ${client} ${method} ${given.name}`);
    return { wire: wireOf(request) };
  }
}

/** What a bare fetch can be given in place of what only meshwise takes: the body that a factory makes, a form of its own. */
function withoutOurs(client: ClientName, body: BodyKind): BodyKind {
  if (body.as === 'factory') return { ...body, make: (realm) => (body.make(realm) as () => unknown)() };
  if (body.foreignForm === undefined) return body;
  const own = bodyKinds(client).find(
    ({ holds, size, as, foreignForm }) =>
      holds === 'a form' && size === body.size && as === 'init' && foreignForm === undefined,
  );
  if (own === undefined) throw new Error(`there is no ${body.size} form among the kinds`);
  return own;
}
