import { attemptHeaders } from '../../call/attempt-headers.ts';
import type { FetchFunction, FetchInput } from '../../call/fetch-types.ts';
import { requestAt } from '../../call/request-at.ts';
import { noteSent } from '../../call/sent-request.ts';
import type { Daprd } from './daprd.ts';
import { invocation } from './invocation.ts';
import { followRedirects, isRedirect } from './redirects.ts';
import { refusedByDapr } from './refused-by-dapr.ts';

/** What an application must not say to its daprd in a call to another one: whom it calls instead, and a token that is not daprd's. */
const RESERVED = ['dapr-app-id', 'dapr-api-token'] as const;

/** A fetch that invokes one app through this process's daprd; called with the app's own URLs. */
export function fetchThroughDapr(fetch: FetchFunction, daprd: Daprd, app: string): FetchFunction {
  async function send(input: FetchInput, init: RequestInit = {}): Promise<Response> {
    const request = typeof input === 'object' && !(input instanceof URL) ? input : undefined;
    const url = new URL(request?.url ?? String(input));
    const method = init.method ?? request?.method ?? 'GET';
    const way = invocation(daprd.origin, app, method, url);
    if ('obstacle' in way) throw refusedByDapr(app, way.obstacle);
    const own = init.headers ?? request?.headers;
    if (names(own)) throw refusedByDapr(app, 'its authorization names another app to Dapr');
    const headers = attemptHeaders(own, RESERVED, daprd.headers);
    const target = request === undefined ? way.target : requestAt(request, way.target);
    // Redirects are followed here: fetch would take daprd for the upstream, and carry the token to whoever is named.
    const response = await fetch(target, { ...init, ...(headers && { headers }), redirect: 'manual' });
    if (!isRedirect(response)) return response;
    try {
      return await followRedirects(response, { url, method, request, init, send, fetch });
    } catch (error) {
      // Refused or not, the app has processed the first request.
      noteSent(error);
      throw error;
    }
  }
  return send;
}

/** `Authorization: Basic` with the user `dapr-app-id` sends a call to another app than its URL (daprd 1.18.3, run); whoever passes an end user's header on would let him choose. */
function names(headers: RequestInit['headers'] | undefined): boolean {
  const authorization = headers === undefined ? null : new Headers(headers).get('authorization');
  const [, encoded] = /^Basic (.*)$/.exec(authorization ?? '') ?? [];
  return encoded !== undefined && /^dapr-app-id:/i.test(Buffer.from(encoded, 'base64').toString());
}
