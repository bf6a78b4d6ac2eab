import { expectRejection, expectStatus, type Outcome, statusOf } from './outcome.ts';

/** Calls that a limit of ours ends, or holds up. */
export const LIMITED: readonly Outcome[] = [
  {
    name: 'per-try timeouts',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectRejection(lane.call('tries', '/hang', { signal }), 'MESHWISE_TIMEOUT'),
  },
  {
    name: 'the deadline in the attempt',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectRejection(lane.call('deadline', '/hang', { signal }), 'MESHWISE_TIMEOUT'),
  },
  {
    name: 'the deadline in the body',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectRejection(statusOf(lane.call('deadline', '/stalled', { signal })), 'MESHWISE_TIMEOUT'),
  },
  {
    name: 'silence in the body',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectRejection(statusOf(lane.call('silence', '/stalled', { signal })), 'MESHWISE_TIMEOUT'),
  },
  {
    name: 'a synthetic response',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.call('answers', '/hang', { signal }), 504),
  },
  {
    name: 'the circuit is open',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectRejection(lane.call('held', '/ok', { signal }), 'MESHWISE_CIRCUIT_OPEN'),
  },
  {
    name: 'a circuit that opens and closes',
    calls: 2,
    ends: true,
    async run(lane, signal) {
      // The other run's may have opened it; what becomes of these two depends on the clock.
      await statusOf(lane.call('trips', '/503', { signal })).catch(() => undefined);
      await statusOf(lane.call('trips', '/ok', { signal })).catch(() => undefined);
    },
  },
  {
    name: 'served out of the queue',
    calls: 3,
    ends: true,
    async run(lane, signal) {
      const calls = [1, 2, 3].map(() => expectStatus(lane.call('line', '/slow', { signal }), 200));
      await Promise.all(calls);
    },
  },
];
