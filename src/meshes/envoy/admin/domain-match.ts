import type { Origin } from './origin.ts';

/**
 * How well a virtual host's domain fits an authority; 0: not at all. Envoy's order: exact, the longest `*.x`, the
 * longest `x.*`, `*`. The wildcard stands for one character at least, in any depth (Envoy 1.40, run).
 */
export function domainFit(domain: string, authority: string): number {
  const wanted = domain.toLowerCase();
  if (wanted === authority) return 3_000;
  if (wanted === '*') return 1;
  if (authority.length < wanted.length) return 0;
  if (wanted.startsWith('*')) return authority.endsWith(wanted.slice(1)) ? 2_000 + wanted.length : 0;
  if (wanted.endsWith('*')) return authority.startsWith(wanted.slice(0, -1)) ? 1_000 + wanted.length : 0;
  return 0;
}

/** May this domain be meant by the origin, whether or not ports are ignored? */
export function mayMean(domain: string, { authority, bareAuthority }: Origin): boolean {
  return domainFit(domain, authority) > 0 || domainFit(domain, bareAuthority) > 0;
}

/** The virtual host that Envoy takes. */
export function virtualHostFor<T extends { readonly domains: readonly string[] }>(
  virtualHosts: readonly T[],
  authority: string,
): T | undefined {
  let best: T | undefined;
  let bestFit = 0;
  for (const virtualHost of virtualHosts) {
    for (const domain of virtualHost.domains) {
      const fit = domainFit(domain, authority);
      if (fit > bestFit) [best, bestFit] = [virtualHost, fit];
    }
  }
  return best;
}
