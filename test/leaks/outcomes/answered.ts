import { expectRejection, expectStatus, type Outcome } from './outcome.ts';

function* pieces(): Generator<Uint8Array> {
  for (let piece = 0; piece < 3; piece++) yield new Uint8Array(100);
}

/** Calls that run to their end: answers, retries, errors of the network. */
export const ANSWERED: readonly Outcome[] = [
  {
    name: 'an answer, read',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.call('plain', '/ok', { signal }), 200),
  },
  {
    name: 'a POST without a signal',
    calls: 1,
    ends: true,
    run: (lane) => expectStatus(lane.call('plain', '/ok', { method: 'POST', body: 'a=1' }), 200),
  },
  {
    name: 'a streamed body',
    calls: 1,
    ends: true,
    run: (lane, signal) => {
      const init = { method: 'PUT', body: ReadableStream.from(pieces()), duplex: 'half', signal } as const;
      return expectStatus(lane.call('plain', '/ok', init), 200);
    },
  },
  {
    name: 'settings for one call',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.client('plain').with({ timeout: '9s' })(lane.url('/ok'), { signal }), 200),
  },
  {
    name: '503, then an answer',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.call('plain', '/503-then-ok', { signal }), 200),
  },
  {
    name: '503 to the end',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.call('plain', '/503', { signal }), 503),
  },
  {
    name: 'Retry-After beyond the cap',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.call('plain', '/429', { signal }), 429),
  },
  {
    name: 'the retry budget is empty',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectStatus(lane.call('poor', '/503', { signal }), 503),
  },
  {
    name: 'an error of the network',
    calls: 1,
    ends: true,
    run: (lane, signal) => expectRejection(lane.call('plain', '/reset', { signal }), 'TypeError'),
  },
  {
    name: 'a wrapped function that fails once',
    calls: 1,
    ends: true,
    async run(lane, signal) {
      const wrapped = lane.meshwise.wrap(
        ({ attempt, signal: own }) => {
          own.throwIfAborted();
          if (attempt === 1) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
          return 'done';
        },
        { upstream: 'plain' },
      );
      if ((await wrapped.with({ signal })()) !== 'done') throw new Error('the function was not run again');
    },
  },
];
