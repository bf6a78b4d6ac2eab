import { TimeoutError } from '../../../src/index.ts';
import type { Lane } from '../lane.ts';
import type { Path } from '../paths.ts';
import { expectStatus, type Outcome } from './outcome.ts';

/** Its deadline is short; on a busy machine it may pass before there is a response to forget. */
async function forgotten(lane: Lane, path: Path, signal: AbortSignal): Promise<Response | undefined> {
  try {
    return await lane.call('forgotten', path, { signal });
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  }
}

/** What callers do with a body, other than reading it to its end. */
export const BODIES: readonly Outcome[] = [
  {
    name: 'an unread body',
    calls: 2,
    ends: false,
    async run(lane, signal) {
      await forgotten(lane, '/ok', signal);
      await forgotten(lane, '/stalled', signal);
    },
  },
  {
    name: 'a body that is read in part and dropped',
    calls: 2,
    ends: false,
    async run(lane, signal) {
      const released = (await forgotten(lane, '/stalled', signal))?.body?.getReader();
      await released?.read();
      released?.releaseLock();
      await (await forgotten(lane, '/stalled', signal))?.body?.getReader().read();
    },
  },
  {
    name: 'a clone of which one half is read',
    calls: 1,
    ends: false,
    async run(lane, signal) {
      const response = await forgotten(lane, '/ok', signal);
      await response?.clone().text();
    },
  },
  {
    name: 'a clone, both halves read',
    calls: 1,
    ends: true,
    async run(lane, signal) {
      const response = await lane.call('plain', '/ok', { signal });
      await Promise.all([response.clone().text(), response.text()]);
    },
  },
  {
    name: 'a cancelled body',
    calls: 2,
    ends: true,
    async run(lane, signal) {
      await (await lane.call('plain', '/stalled', { signal })).body?.cancel();
      const reader = (await lane.call('plain', '/stalled', { signal })).body?.getReader();
      await reader?.read();
      await reader?.cancel();
    },
  },
  {
    name: 'a loop over the body that is left',
    calls: 1,
    ends: true,
    async run(lane, signal) {
      const { body } = await lane.call('plain', '/stalled', { signal });
      if (body === null) throw new Error('there is no body');
      for await (const _ of body) break;
    },
  },
  {
    name: 'a Request as input',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.client('plain')(new Request(lane.url('/ok')), { signal }), 200),
  },
];
