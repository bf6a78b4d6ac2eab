import type { Fault } from './fault.ts';

const CALL = 'src/process/call.ts';
const ATTEMPT = 'src/process/attempt.ts';

/** Deadlines, aborts, and what a call leaves behind. */
export const TIME_FAULTS: readonly Fault[] = [
  {
    id: 'deadline-not-cancelled',
    suffers: 'a process whose last call has failed cannot end before the timeout of that call',
    file: CALL,
    text: `this.#ended = true;
    this.#deadline?.cancel();`,
    replacement: 'this.#ended = true;',
    tests: ['test/property/process/call-histories.test.ts'],
  },
  {
    id: 'deadline-without-the-body',
    suffers: 'a body that never ends is waited for without end',
    file: CALL,
    text: 'if (stream) this.#deadline?.cancel();',
    replacement: 'if (stream || status) this.#deadline?.cancel();',
    tests: ['test/sockets/fetch/timeouts.test.ts'],
  },
  {
    id: 'stream-under-the-deadline',
    suffers: 'every stream of events ends at the timeout of its call',
    file: CALL,
    text: 'if (stream) this.#deadline?.cancel();',
    replacement: 'if (stream) this.#deadline?.unref();',
    tests: ['test/sockets/fetch/timeouts.test.ts'],
  },
  {
    id: 'retry-beyond-the-deadline',
    suffers: 'a call waits for a retry that cannot end in time, instead of giving its response',
    file: 'src/process/retry-decision.ts',
    text: "return backoff < remaining ? { retry: true, wait: backoff, waitFrom: 'backoff' } : no('deadline');",
    replacement: "return { retry: true, wait: backoff, waitFrom: 'backoff' };",
    tests: ['test/sockets/fetch/timeouts.test.ts', 'test/property/process/retry-decision.test.ts'],
  },
  {
    id: 'attempt-goes-on-after-per-try-timeout',
    suffers: 'an attempt that was given up stays on the wire beside the next one: twice the load',
    file: ATTEMPT,
    text: 'this.#abort(error);',
    replacement: '',
    tests: ['test/property/process/call-histories.test.ts'],
  },
  {
    id: 'attempt-goes-on-after-abort',
    suffers: 'an abort gives the caller his error, and the request stays on the wire',
    file: ATTEMPT,
    text: `    this.#abort(reason);
  }`,
    replacement: '  }',
    tests: ['test/sockets/fetch/cancellation.test.ts', 'test/property/process/call-histories.test.ts'],
  },
  {
    id: 'back-off-outlives-abort',
    suffers: 'the timer of a back-off keeps a process alive after its caller has left',
    file: CALL,
    text: 'this.#wake?.();',
    replacement: '',
    tests: ['test/regressions/undici.test.ts', 'test/property/process/call-histories.test.ts'],
  },
  {
    id: 'listener-kept',
    suffers: 'a signal that many calls share gathers a listener of each: a leak, and a warning',
    file: CALL,
    text: "this.#signal?.removeEventListener('abort', this);",
    replacement: '',
    tests: ['test/sockets/fetch/cancellation.test.ts'],
  },
  {
    id: 'last-answer-kept',
    suffers: 'a quiet process keeps the last response that it was given',
    file: CALL,
    text: 'resolveLast = rejectLast = ignore;',
    replacement: '',
    tests: ['test/unit/process/last-answer.test.ts'],
  },
  {
    id: 'slow-reader-is-silent-server',
    suffers: 'a stream ends under a caller who takes his time between two reads',
    file: 'src/call/idle-timeout.ts',
    text: 'clock.clearTimer(timer);',
    replacement: '',
    tests: ['test/unit/call/idle-timeout.test.ts'],
  },
];
