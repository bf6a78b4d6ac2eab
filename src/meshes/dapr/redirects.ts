import type { FetchFunction } from '../../call/fetch-types.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** As in fetch. */
const MOST_REDIRECTS = 20;

/** Of the request's body: a redirect that drops it drops them, too (fetch standard, request-body-header names). */
const OF_THE_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length'];
/** For one origin only (fetch standard, and undici). */
const OF_THE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host'];

export interface Redirected {
  /** The app's own, not daprd's. */
  readonly url: URL;
  readonly method: string;
  readonly request: Request | undefined;
  readonly init: RequestInit;
  /** To the same app, once more. */
  readonly send: FetchFunction;
  /** To anybody else. */
  readonly fetch: FetchFunction;
}

export function isRedirect({ status, headers }: Response): boolean {
  return REDIRECTS.has(status) && headers.has('location');
}

const hops = new WeakMap<RequestInit, number>();

/**
 * Follows as fetch would if there were no daprd in between: a relative address is the app's, which is invoked again,
 * and another origin gets a call of its own, without what is for the app alone.
 */
export async function followRedirects(response: Response, redirected: Redirected): Promise<Response> {
  const { url, method, request, init, send, fetch } = redirected;
  const mode = init.redirect ?? request?.redirect ?? 'follow';
  if (mode === 'manual') return response;
  const location = URL.parse(response.headers.get('location') ?? '', url.href);
  void response.body?.cancel().catch(() => undefined);
  const taken = (hops.get(init) ?? 0) + 1;
  if (mode === 'error') throw failed('unexpected redirect');
  if (location === null || !/^https?:$/.test(location.protocol)) throw failed('invalid location of a redirect');
  if (taken > MOST_REDIRECTS) throw failed('redirect count exceeded');
  location.hash ||= url.hash;

  const headers = new Headers(init.headers ?? request?.headers);
  const next: RequestInit = { ...init, method, headers };
  if (dropsBody(response.status, method)) {
    next.method = 'GET';
    next.body = null;
    for (const name of OF_THE_BODY) headers.delete(name);
  } else if (isSpent(init.body) || (init.body == null && request !== undefined && request.body !== null)) {
    throw failed('a redirect needs the body of the request again');
  }
  const signal = init.signal ?? request?.signal;
  if (signal !== undefined && signal !== null) next.signal = signal;
  if (location.origin !== url.origin) {
    for (const name of OF_THE_ORIGIN) headers.delete(name);
    return fetch(location.href, next);
  }
  hops.set(next, taken);
  return send(location.href, next);
}

function dropsBody(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

/** A stream is read once. */
function isSpent(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body);
}

/** In fetch's own words. */
function failed(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(why) });
}
