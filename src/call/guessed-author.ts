/**
 * Who seems to have written a response, by what proxies leave on it. A guess: the callee's own sidecar leaves the same
 * (Consul and Envoy 1.40, run: its 503 has `x-envoy-upstream-service-time`), and a rule may remove it.
 */
export function guessedAuthor({ headers }: Pick<Response, 'headers'>): 'upstream' | 'sidecar' | undefined {
  // linkerd2-proxy writes it on its own errors only (29637b64, run).
  if (headers.has('l5d-proxy-error')) return 'sidecar';
  if (headers.has('x-envoy-upstream-service-time')) return 'upstream';
  const server = headers.get('server');
  return server === 'envoy' || server === 'istio-envoy' ? 'sidecar' : undefined;
}
