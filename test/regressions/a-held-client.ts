import { createMeshwise, type FetchFunction, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

export const ORIGIN = 'http://payments.test';

/** A request that the test answers when it likes. */
export interface HeldRequest {
  readonly init: RequestInit;
  answer(status: number, headers?: Record<string, string>): void;
  fail(error: unknown): void;
  /** What no fetch should do: it is fulfilled without a response. */
  giveNothing(): void;
}

/**
 * A client on a clock of its own and without jitter (`random` is 0 unless given), whose requests are all held until the test answers them. They end
 * with their signal, as those of fetch do.
 */
export function aHeldClient(settings: PolicySettings, random: () => number = () => 0) {
  const clock = new VirtualClock();
  const requests: HeldRequest[] = [];
  const fetch: FetchFunction = (_, init = {}) =>
    new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      requests.push({
        init,
        answer: (status, headers = {}) => resolve(new Response(`the upstream says ${status}`, { status, headers })),
        fail: reject,
        giveNothing: () => resolve(undefined as unknown as Response),
      });
    });
  const meshwise = createMeshwise({ env: {}, clock, random, fetch, upstreams: { payments: settings } });
  const client = meshwise.client('payments');

  /** The last request, once all that is going on has come to rest. */
  async function last(): Promise<HeldRequest> {
    await clock.advance(0);
    const request = requests.at(-1);
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  }

  return {
    clock,
    meshwise,
    client,
    requests,
    last,
    /** One whole call of one attempt, read to its end. */
    async one(status: number): Promise<void> {
      const [response] = await Promise.all([client(ORIGIN), last().then(({ answer }) => answer(status))]);
      await response.text();
      // The end of a body is known a little after its reader knows it.
      await clock.advance(0);
    },
  };
}

/** The only circuit that there is. */
export function circuitOf(meshwise: Meshwise) {
  const [circuit, ...others] = meshwise.status().circuits;
  if (circuit === undefined || others.length > 0) throw new Error('not exactly one circuit');
  return circuit;
}
