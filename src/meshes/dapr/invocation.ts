import { isIP } from 'node:net';
import { pathAsItArrives } from './path-as-it-arrives.ts';

/** Any other arrives as POST (daprd 1.18.3, run: QUERY, PROPFIND, FOO). */
const METHODS_KEPT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
]);

const APP_ID = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/;

/**
 * The app that an address names: `payments` in `http://payments:8080/…`, `payments.shop` in `http://payments.shop/…`
 * and below `.svc` or `.svc.cluster.local` (the namespace is Dapr's, too). The port is the app's own sidecar's
 * business. `undefined`: no app's address.
 */
export function appIn({ protocol, hostname }: URL): string | undefined {
  if (protocol !== 'http:' || isIP(hostname) !== 0 || hostname.startsWith('[') || hostname === 'localhost') {
    return undefined;
  }
  const labels = hostname.replace(/\.svc(?:\.cluster\.local)?\.?$/, '').split('.');
  return labels.length <= 2 && labels.every((label) => APP_ID.test(label)) ? labels.join('.') : undefined;
}

/** Where to send a request so that its app gets it through Dapr, or why that would be another request. */
export type Invocation = { readonly target: string } | { readonly obstacle: string };

/**
 * The sidecar's URL for a request: `http://127.0.0.1:3500/v1.0/invoke/payments/method/charges/42?full` for
 * `http://payments/charges/42?full`. The app sees the path and the query byte for byte; where Dapr would change them,
 * or the method, there is an obstacle instead.
 */
export function invocation(sidecar: string, app: string, method: string, url: URL): Invocation {
  if (!METHODS_KEPT.has(method.toUpperCase())) return { obstacle: `${method} would arrive as POST` };
  const { pathname, search } = url;
  const arrives = pathAsItArrives(pathname);
  if (arrives === undefined) return { obstacle: `Dapr refuses the path ${pathname}` };
  if (arrives !== pathname) return { obstacle: `the path ${pathname} would arrive as ${arrives}` };
  return { target: `${sidecar}/v1.0/invoke/${app}/method${pathname}${search}` };
}
