import { SpanKind, trace } from '@opentelemetry/api';
import type { Meshwise, MeshwiseOptions, PolicySettings, WrappedFetch } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/index.ts';
import { type Answer, closedPort, type Script } from '../../envoy/scripted-upstream.ts';
import { rejectionOf } from '../fetch/a-meshwise.ts';

/** What a scenario is played with. */
export interface Stage {
  readonly origin: string;
  script(...answers: Answer[]): Script;
  /** A client of `payments` with its own circuits and budgets. */
  open(
    settings?: PolicySettings,
    options?: MeshwiseOptions,
  ): { readonly client: WrappedFetch; readonly meshwise: Meshwise };
}

export interface Scenario {
  play(stage: Stage): Promise<unknown>;
  /** The spans where meshwise makes those of the attempts. */
  readonly own: readonly string[];
  /** Where instrumentation-undici makes them, beside meshwise's processor. The same, if absent. */
  readonly delegated?: readonly string[];
}

/** One GET, whose response is read. */
function get(settings: PolicySettings, ...answers: Answer[]): Scenario['play'] {
  return async ({ origin, script, open }) => {
    const response = await open(settings).client(origin + script(...answers).path);
    await response.text();
  };
}

const retryAfter = (status: number, seconds: string): Answer => ({ status, headers: { 'retry-after': seconds } });
const to = (location: string): Answer => ({ status: 302, headers: { location } });

/** Until something has happened elsewhere in this process. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}

/** Which spans there are, scenario by scenario. Asserted by span-trees.test.ts in every mode, instrumented and not. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  success: {
    play: get({}, 200),
    own: ['INTERNAL GET payments 200', '  CLIENT GET 200'],
  },
  'two 503s, then 200': {
    play: get({}, 503, 503, 200),
    own: [
      'INTERNAL GET payments 200 [retry gateway-error, retry gateway-error]',
      '  CLIENT GET 503 error 503',
      '  CLIENT GET 503 resend 1 error 503',
      '  CLIENT GET 200 resend 2',
    ],
  },
  '503 until the retries are used up': {
    play: get({}, 503),
    own: [
      'INTERNAL GET payments 503 error 503 [retry gateway-error, retry gateway-error, retry refused limit]',
      '  CLIENT GET 503 error 503',
      '  CLIENT GET 503 resend 1 error 503',
      '  CLIENT GET 503 resend 2 error 503',
    ],
  },
  'a 404 is an answer': {
    play: get({}, 404),
    own: ['INTERNAL GET payments 404', '  CLIENT GET 404 error 404'],
  },
  'a POST is not retried': {
    async play({ origin, script, open }) {
      const response = await open().client(origin + script(503).path, { method: 'POST', body: 'money' });
      await response.text();
    },
    own: ['INTERNAL POST payments 503 error 503 [retry refused method]', '  CLIENT POST 503 error 503'],
  },
  'a per-try timeout, then 200': {
    async play({ origin, script, open }) {
      const clock = new VirtualClock();
      const { path, requests } = script('hang', 200);
      const call = open({ retry: { perTryTimeout: '1s' } }, { clock }).client(origin + path);
      // On the wire: what is aborted before leaves another error behind.
      await until(() => requests.length === 1);
      await clock.advance(1100);
      await (await call).text();
    },
    own: [
      'INTERNAL GET payments 200 [timeout attempt, retry reset]',
      '  CLIENT GET error timeout',
      '  CLIENT GET 200 resend 1',
    ],
    delegated: [
      'INTERNAL GET payments 200 [timeout attempt, retry reset]',
      '  CLIENT GET error MESHWISE_TIMEOUT',
      '  CLIENT GET 200 resend 1',
    ],
  },
  'the call times out': {
    async play({ origin, script, open }) {
      const clock = new VirtualClock();
      const { path, requests } = script('hang');
      const call = rejectionOf(open({ timeout: '1s' }, { clock }).client(origin + path));
      await until(() => requests.length === 1);
      await clock.advance(1000);
      await call;
    },
    own: ['INTERNAL GET payments error timeout [timeout call]', '  CLIENT GET error timeout'],
    delegated: ['INTERNAL GET payments error timeout [timeout call]', '  CLIENT GET error MESHWISE_TIMEOUT'],
  },
  'the caller leaves during an attempt': {
    async play({ origin, script, open }) {
      const { path, requests } = script('hang');
      const leaving = new AbortController();
      const left = rejectionOf(open().client(origin + path, { signal: leaving.signal }));
      await until(() => requests.length === 1);
      leaving.abort();
      await left;
    },
    own: ['INTERNAL GET payments', '  CLIENT GET'],
  },
  "the caller's own time is up": {
    async play({ origin, script, open }) {
      const { path, requests } = script('hang');
      const leaving = new AbortController();
      const left = rejectionOf(open().client(origin + path, { signal: leaving.signal }));
      await until(() => requests.length === 1);
      // The reason of AbortSignal.timeout().
      leaving.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
      await left;
    },
    own: ['INTERNAL GET payments', '  CLIENT GET'],
    // instrumentation-undici 0.34 takes the code of the DOMException, a number.
    delegated: ['INTERNAL GET payments', '  CLIENT GET error 23'],
  },
  'the caller leaves during a wait': {
    async play({ origin, script, open }) {
      const { client, meshwise } = open();
      const leaving = new AbortController();
      meshwise.on('retry', () => setImmediate(() => leaving.abort()));
      await rejectionOf(client(origin + script(retryAfter(503, '5')).path, { signal: leaving.signal }));
    },
    own: ['INTERNAL GET payments [retry gateway-error]', '  CLIENT GET 503 error 503'],
  },
  'a refused connection': {
    async play({ open }) {
      await rejectionOf(open({ retry: { limit: 1 } }).client(`http://127.0.0.1:${await closedPort()}/`));
    },
    own: [
      'INTERNAL GET payments error ECONNREFUSED [retry connect-failure, retry refused limit]',
      '  CLIENT GET error ECONNREFUSED',
      '  CLIENT GET resend 1 error ECONNREFUSED',
    ],
  },
  'an open circuit': {
    async play({ origin, script, open }) {
      const { client, meshwise } = open();
      meshwise.circuit('payments').open();
      await rejectionOf(client(origin + script(200).path));
    },
    own: ['INTERNAL GET payments error MESHWISE_CIRCUIT_OPEN [circuit rejected]'],
  },
  'a full queue': {
    async play({ origin, script, open }) {
      const { client } = open({ concurrency: { limit: 1, queue: 0 } });
      const { path, requests } = script('hang');
      const leaving = new AbortController();
      const first = rejectionOf(client(origin + path, { signal: leaving.signal }));
      await until(() => requests.length === 1);
      await rejectionOf(client(origin + path));
      leaving.abort();
      await first;
    },
    own: [
      'INTERNAL GET payments',
      '  CLIENT GET',
      'INTERNAL GET payments error MESHWISE_CONCURRENCY_LIMIT [concurrency rejected]',
    ],
  },
  'an exhausted budget': {
    play: get({ retry: { budget: { ratio: 0, minPerSecond: 0.1 } } }, 503),
    own: [
      'INTERNAL GET payments 503 error 503 [retry gateway-error, retry refused retry-budget-exhausted]',
      '  CLIENT GET 503 error 503',
      '  CLIENT GET 503 resend 1 error 503',
    ],
  },
  'a Retry-After': {
    play: get({}, { status: 429, headers: { 'retry-after-ms': '5' } }, 200),
    own: ['INTERNAL GET payments 200 [retry retry-after]', '  CLIENT GET 429 error 429', '  CLIENT GET 200 resend 1'],
  },
  'a Retry-After beyond the cap': {
    play: get({ timeout: '10m' }, retryAfter(503, '600')),
    own: ['INTERNAL GET payments 503 error 503 [retry refused retry-after-beyond-cap]', '  CLIENT GET 503 error 503'],
  },
  'a fallback': {
    async play({ open }) {
      const { client } = open({ retry: { limit: 1 }, fallback: () => new Response('from the cache') });
      await (await client(`http://127.0.0.1:${await closedPort()}/`)).text();
    },
    own: [
      'INTERNAL GET payments [retry connect-failure, retry refused limit]',
      '  CLIENT GET error ECONNREFUSED',
      '  CLIENT GET resend 1 error ECONNREFUSED',
    ],
  },
  'two redirects': {
    async play({ origin, script, open }) {
      const first = script(to(script(to(script(200).path)).path));
      await (await open().client(origin + first.path)).text();
    },
    own: ['INTERNAL GET payments 200', '  CLIENT GET 200'],
    delegated: [
      'INTERNAL GET payments 200',
      '  CLIENT GET 302',
      '  CLIENT GET 302 resend 1',
      '  CLIENT GET 200 resend 2',
    ],
  },
  'a redirect to a 503, then again to a 200': {
    async play({ origin, script, open }) {
      await (await open().client(origin + script(to(script(503, 200).path)).path)).text();
    },
    own: ['INTERNAL GET payments 200 [retry gateway-error]', '  CLIENT GET 503 error 503', '  CLIENT GET 200 resend 1'],
    delegated: [
      'INTERNAL GET payments 200 [retry gateway-error]',
      '  CLIENT GET 302',
      '  CLIENT GET 503 resend 1 error 503',
      '  CLIENT GET 302 resend 2',
      '  CLIENT GET 200 resend 3',
    ],
  },
  'a streamed body that is sent again': {
    async play({ origin, script, open }) {
      async function* money() {
        yield Buffer.from('mon');
        yield Buffer.from('ey');
      }
      const { path } = script(503, 200);
      await (await open().client(origin + path, { method: 'PUT', body: money(), duplex: 'half' })).text();
    },
    own: ['INTERNAL PUT payments 200 [retry gateway-error]', '  CLIENT PUT 503 error 503', '  CLIENT PUT 200 resend 1'],
  },
  'a body that breaks off': {
    async play({ origin, script, open }) {
      const response = await open().client(origin + script('cut').path);
      await rejectionOf(response.text());
    },
    own: ['INTERNAL GET payments 200', '  CLIENT GET 200'],
    delegated: ['INTERNAL GET payments 200', '  CLIENT GET 200 error UND_ERR_SOCKET'],
  },
  'a stream of events': {
    play: get(
      {},
      { status: 200, headers: { 'content-type': 'text/event-stream' }, pieces: ['data: 1\n\n', 'data: 2\n\n'] },
    ),
    own: ['INTERNAL GET payments 200', '  CLIENT GET 200'],
  },
  'retry: false': {
    play: get({ retry: false }, 503),
    own: ['CLIENT GET 503 error 503'],
  },
  'below an inbound span': {
    async play(stage) {
      await trace.getTracer('application').startActiveSpan('inbound', { kind: SpanKind.SERVER }, async (inbound) => {
        await get({}, 503, 200)(stage);
        inbound.end();
      });
    },
    own: [
      'SERVER inbound',
      '  INTERNAL GET payments 200 [retry gateway-error]',
      '    CLIENT GET 503 error 503',
      '    CLIENT GET 200 resend 1',
    ],
  },
};
