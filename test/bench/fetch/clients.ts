import { cockatiel, opossum } from '../peers.ts';
import { POLICY } from '../policy.ts';
import { loadMeshwise } from '../subject.ts';

/** One request, its small body read. */
export type Client = (url: string) => Promise<unknown>;

export type ClientName = 'bare' | 'signal' | 'meshwise' | 'naive' | 'cockatiel' | 'ffetch';

export const CLIENTS: Readonly<Record<ClientName, (subject: string | undefined) => Promise<Client>>> = {
  bare: async () => async (url) => (await fetch(url)).arrayBuffer(),
  signal: async () => async (url) => (await fetch(url, { signal: new AbortController().signal })).arrayBuffer(),
  meshwise: async (subject) => {
    const { wrapFetch } = await loadMeshwise(subject);
    const client = wrapFetch(fetch, { upstream: 'bench', timeout: POLICY.timeoutMs, propagate: 'never' });
    return async (url) => (await client(url)).arrayBuffer();
  },
  naive: async () => {
    const { default: pRetry } = await import('p-retry');
    const breaker = await opossum((url: string, signal: AbortSignal) => fetch(url, { signal }));
    return async (url) => {
      const signal = AbortSignal.timeout(POLICY.timeoutMs);
      const options = { retries: POLICY.retries, minTimeout: POLICY.backoff.base, signal };
      const response = await pRetry(() => breaker.fire(url, signal), options);
      return response.arrayBuffer();
    };
  },
  cockatiel: async () => {
    const policy = await cockatiel();
    // Within the policy: it aborts its signal when it is left, and with it a body that has not been read.
    return (url) => policy.execute(async ({ signal }) => (await fetch(url, { signal })).arrayBuffer());
  },
  ffetch: async () => {
    // Its declarations need those of a browser; this is what is used of it.
    const name: string = '@fetchkit/ffetch';
    const { createClient } = (await import(name)) as { createClient(options: object): typeof fetch };
    const client = createClient({
      timeout: POLICY.timeoutMs,
      retries: POLICY.retries,
      circuit: { threshold: 20, reset: POLICY.openForMs },
    });
    return async (url) => (await client(url)).arrayBuffer();
  },
};
