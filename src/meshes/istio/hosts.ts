/** Do two host names mean the same service? Short names are completed by the namespace of the resource they stand in. */
export function isSameHost(a: string, b: string, namespace: string | undefined): boolean {
  return completed(a, namespace) === completed(b, namespace);
}

/** `*` and `*.shop.svc.cluster.local` in a VirtualService. */
export function coversHost(wildcard: string, host: string, namespace: string | undefined): boolean {
  return wildcard.startsWith('*') && completed(host, namespace).endsWith(wildcard.slice(1));
}

/**
 * `payments`, `payments.shop`, `payments.shop.svc` as `payments.shop.svc.cluster.local`. A public name of two labels gets
 * the same ending on both sides of a comparison, which changes nothing.
 */
function completed(host: string, namespace: string | undefined): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (labels.length === 1) return namespace === undefined ? name : `${name}.${namespace}.svc.cluster.local`;
  if (labels.length === 2) return `${name}.svc.cluster.local`;
  return labels.length === 3 && labels[2] === 'svc' ? `${name}.cluster.local` : name;
}
