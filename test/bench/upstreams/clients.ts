import { cockatiel, opossum } from '../peers.ts';
import { POLICY } from '../policy.ts';
import { loadMeshwise } from '../subject.ts';

export type LibraryName = 'meshwise' | 'meshwise-fetch' | 'opossum' | 'cockatiel';

/** A client of one upstream; it keeps what the library keeps for it. */
export type UpstreamClient = () => Promise<unknown>;

/** Makes the client of the upstream with this number, around a function of that upstream. */
export type MakeClient = (number: number, run: () => Promise<Response>) => UpstreamClient | Promise<UpstreamClient>;

export const LIBRARIES: Readonly<Record<LibraryName, (subject: string | undefined) => Promise<MakeClient>>> = {
  // One policy object for all, as one would write it in a loop.
  meshwise: async (subject) => {
    const { wrapFunction } = await loadMeshwise(subject);
    return (number, run) => wrapFunction(run, { upstream: `upstream-${number}`, ...SETTINGS });
  },
  'meshwise-fetch': async (subject) => {
    const { wrapFetch } = await loadMeshwise(subject);
    return (number, run) => {
      const client = wrapFetch(run, { upstream: `upstream-${number}`, ...SETTINGS });
      const url = `http://upstream-${number}/`;
      return () => client(url);
    };
  },
  opossum: async () => async (_number, run) => {
    const breaker = await opossum(run);
    return () => breaker.fire();
  },
  cockatiel: async () => async (_number, run) => {
    const policy = await cockatiel();
    return () => policy.execute(run);
  },
};

const SETTINGS = { timeout: POLICY.timeoutMs, retry: { limit: 0 } } as const;
