import type { Fault } from './fault.ts';

const DECISION = 'src/process/retry-decision.ts';
const LOOP = 'src/process/retries.ts';

/** What is sent again, and when. */
export const RETRY_FAULTS: readonly Fault[] = [
  {
    id: 'budget-unchecked',
    suffers: 'retries go on when the budget is exhausted: an outage is multiplied',
    file: LOOP,
    text: 'if (terms.state.budget !== undefined && !terms.state.budget.withdraw()) {',
    replacement: 'if (terms.state.budget !== undefined && !terms.state.budget.withdraw() && false) {',
    tests: ['test/sockets/fetch/retries.test.ts'],
  },
  {
    id: 'post-retried-blindly',
    suffers: 'a POST that may have been processed is sent again: two charges',
    file: DECISION,
    text: "if (!mayRepeat(facts)) return no('method');",
    replacement: '',
    tests: ['test/sockets/fetch/retries.test.ts', 'test/property/process/retry-decision.test.ts'],
  },
  {
    id: 'post-not-resent-when-refused',
    suffers: 'a POST that nobody took is not sent again: a deployment costs writes',
    file: DECISION,
    text: "return result.network === 'connect-failure' || result.network === 'refused-stream';",
    replacement: 'return false;',
    tests: ['test/sockets/fetch/retries.test.ts'],
  },
  {
    id: 'key-made-anew',
    suffers: 'each attempt has an Idempotency-Key of its own: the server cannot know them for one',
    file: LOOP,
    text: "call.heard('retry')?.retry(call.attempts + 1, last.result, decision.wait, decision.waitFrom);",
    replacement: `call.heard('retry')?.retry(call.attempts + 1, last.result, decision.wait, decision.waitFrom);
    if (policy.idempotencyKey === 'auto') exchange.amend({ headers: { 'idempotency-key': crypto.randomUUID() } });`,
    tests: ['test/sockets/fetch/retries.test.ts'],
  },
  {
    id: 'retry-after-cap-ignored',
    suffers: 'a server that says "in an hour" makes its callers wait as long as they have time',
    file: DECISION,
    text: "if (hints.retryAfter > policy.retryAfter.max) return no('retry-after-beyond-cap');",
    replacement: '',
    tests: ['test/property/process/retry-decision.test.ts'],
  },
  {
    id: 'retry-after-too-early',
    suffers: 'a retry comes before the time that the server named',
    file: DECISION,
    text: 'const wait = Math.max(backoff, hints.retryAfter + random() * spread);',
    replacement: 'const wait = Math.max(backoff, random() * (hints.retryAfter + spread));',
    tests: ['test/property/process/retry-decision.test.ts'],
  },
  {
    id: 'retry-after-date-in-seconds',
    suffers: 'a Retry-After with a date is as good as none: the retry comes a thousand times too early',
    file: 'src/call/server-hints.ts',
    text: 'return date === undefined ? undefined : Math.max(0, date - wallTime);',
    replacement: 'return date === undefined ? undefined : Math.max(0, (date - wallTime) / 1000);',
    tests: ['test/unit/call/server-hints.test.ts'],
  },
  {
    id: 'http-date-a-month-off',
    suffers: 'a Retry-After with a date is a month late, and nothing is retried',
    file: 'src/call/http-date.ts',
    text: "MONTHS.indexOf(month ?? '')",
    replacement: "MONTHS.indexOf(month ?? '') + 1",
    tests: ['test/unit/call/http-date.test.ts', 'test/property/call/http-date.test.ts'],
  },
  {
    id: 'no-jitter',
    suffers: 'every client waits the longest back-off: all come back at the same moment',
    file: DECISION,
    text: 'return random() * Math.min(base * 2 ** (retry - 1), max);',
    replacement: 'return Math.min(base * 2 ** (retry - 1), max);',
    tests: ['test/unit/process/retry-decision.test.ts', 'test/property/process/retry-decision.test.ts'],
  },
  {
    id: 'should-retry-ignored',
    suffers: 'a server that forbids retries gets them',
    file: DECISION,
    text: "if (hints.forbidden) return no('x-should-retry');",
    replacement: '',
    tests: ['test/sockets/fetch/retries.test.ts'],
  },
  {
    id: 'prepare-lost',
    suffers: 'the fresh token of retry.prepare is not sent: every retry is a 401, too',
    file: 'src/call/fetch-exchange.ts',
    text: 'this.#headers = changed;',
    replacement: '',
    tests: ['test/sockets/fetch/retries.test.ts'],
  },
  {
    id: 'discarded-response-kept',
    suffers: 'each retry keeps the connection of the response before it',
    file: 'src/process/call.ts',
    text: 'this.exchange.discard(attempt.value);',
    replacement: '',
    tests: ['test/regressions/undici.test.ts', 'test/property/process/call-histories.test.ts'],
  },
];
