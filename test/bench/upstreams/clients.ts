import { cockatiel, opossum } from '../peers.ts';
import { POLICY } from '../policy.ts';
import { loadMeshwise } from '../subject.ts';

export type LibraryName = 'meshwise' | 'meshwise-fetch' | 'opossum' | 'cockatiel';

/** The function of every upstream. */
export type Run = () => Promise<Response>;

/** What a library makes for an upstream, and how that is called. Nothing else of the benchmark's stays with it. */
export interface Library<Client> {
  make(upstream: string, run: Run): Client | Promise<Client>;
  call(client: Client, upstream: string, run: Run): Promise<unknown>;
}

/** The same as any library: what `make` gave comes back to `call`. */
export type AnyLibrary = Library<unknown>;

function library<Client>(one: Library<Client>): AnyLibrary {
  return { make: one.make, call: (client, upstream, run) => one.call(client as Client, upstream, run) };
}

export const LIBRARIES: Readonly<Record<LibraryName, (subject: string | undefined) => Promise<AnyLibrary>>> = {
  meshwise: async (subject) => {
    const { wrapFunction } = await loadMeshwise(subject);
    return library({
      make: (upstream, run) => wrapFunction(run, { upstream, ...SETTINGS }),
      call: (client) => client(),
    });
  },
  'meshwise-fetch': async (subject) => {
    const { wrapFetch } = await loadMeshwise(subject);
    return library({
      make: (upstream, run) => wrapFetch(run, { upstream, ...SETTINGS }),
      call: (client, upstream) => client(`http://${upstream}/`),
    });
  },
  opossum: async () =>
    library({
      make: (_upstream, run) => opossum(run),
      call: (breaker) => breaker.fire(),
    }),
  cockatiel: async () =>
    library({
      // It would wait between the retries.
      make: () => cockatiel({ retries: 0 }),
      call: (policy, _upstream, run) => policy.execute(run),
    }),
};

/** Without retries, as everybody here: a failure is one attempt. */
const SETTINGS = { timeout: POLICY.timeoutMs, retry: { limit: 0 } } as const;
