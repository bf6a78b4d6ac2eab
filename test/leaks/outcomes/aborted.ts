import { getEventListeners } from 'node:events';
import { nextTurn } from '../lane.ts';
import { expectRejection, type Outcome } from './outcome.ts';

const LEFT = new Error('the user left');

/** Aborted, and nothing of ours hears it a second time. */
async function leave(controller: AbortController, call: Promise<unknown>): Promise<void> {
  controller.abort(LEFT);
  await expectRejection(call, LEFT);
  const left = getEventListeners(controller.signal, 'abort').length;
  if (left > 0) throw new Error(`${left} listeners left on a signal after its abort`);
}

/** The caller's abort in every phase. */
export const ABORTED: readonly Outcome[] = [
  {
    name: 'abort before anything is sent',
    calls: 1,
    ends: true,
    run: (lane) => expectRejection(lane.call('plain', '/ok', { signal: AbortSignal.abort(LEFT) }), LEFT),
  },
  {
    name: 'abort in the attempt',
    calls: 2,
    ends: true,
    async run(lane) {
      const atOnce = new AbortController();
      await leave(atOnce, lane.call('plain', '/hang', { signal: atOnce.signal }));
      const later = new AbortController();
      const call = lane.call('plain', '/hang', { signal: later.signal });
      await nextTurn();
      await leave(later, call);
    },
  },
  {
    name: 'abort in the back-off',
    calls: 1,
    ends: true,
    async run(lane) {
      const controller = new AbortController();
      const retry = lane.nextRetry('patient');
      const call = lane.call('patient', '/503', { signal: controller.signal });
      await retry;
      await leave(controller, call);
    },
  },
  {
    name: 'abort in the body',
    calls: 2,
    ends: true,
    async run(lane) {
      const reading = new AbortController();
      const response = await lane.call('plain', '/stalled', { signal: reading.signal });
      await leave(reading, response.text());
      const unread = new AbortController();
      const other = await lane.call('plain', '/stalled', { signal: unread.signal });
      unread.abort(LEFT);
      await expectRejection(other.text(), LEFT);
    },
  },
  {
    name: 'abort after the end',
    calls: 1,
    ends: true,
    async run(lane) {
      const controller = new AbortController();
      const response = await lane.call('plain', '/ok', { signal: controller.signal });
      await response.text();
      await nextTurn();
      controller.abort(LEFT);
    },
  },
  {
    name: 'abort in the queue, and a full queue',
    calls: 3,
    ends: true,
    async run(lane) {
      const holder = new AbortController();
      const waiter = new AbortController();
      const holding = lane.call('narrow', '/hang', { signal: holder.signal });
      const waiting = lane.call('narrow', '/ok', { signal: waiter.signal });
      await expectRejection(lane.call('narrow', '/ok'), 'MESHWISE_CONCURRENCY_LIMIT');
      await leave(waiter, waiting);
      if (lane.queued('narrow') > 0) throw new Error('it keeps its place in the queue');
      await leave(holder, holding);
    },
  },
];
