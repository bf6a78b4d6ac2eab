import type { PolicySettings } from '../../src/index.ts';
import type { Answer } from './case.ts';
import type { Ended } from './seen.ts';

/** Who executes a policy whose calls share something: a limit, a budget, the health of the upstream. */
export interface SharedArm {
  /** One call, to its end. */
  call(script: string): Promise<Ended>;
  /** Names a script of its own; its attempts are counted, and the milliseconds between them. */
  script(...answers: readonly Answer[]): {
    readonly name: string;
    readonly attempts: () => number;
    readonly gaps: () => readonly number[];
  };
  /** Until it is known here that the upstream is out of use. */
  shut(): Promise<void>;
  /** Until the time is over for which it is out of use. */
  back(): Promise<void>;
}

/** Something that calls have in common, in the words of both: what `play` returns is compared. */
export interface SharedStateCase {
  readonly name: string;
  /** The policy's name: each case has an upstream, a circuit and a cluster of its own. */
  readonly upstream: string;
  readonly settings: PolicySettings;
  play(arm: SharedArm): Promise<readonly string[]>;
  readonly process: readonly string[];
  /** Where the sidecar does something else. */
  readonly sidecar?: { readonly shows: readonly string[]; readonly why: string; readonly source: string };
}

/** Longer than anything here takes on a machine that does other things. */
export const PATIENCE = 15_000;

const ok: Answer = { does: 'answer', status: 200 };
const failing: Answer = { does: 'answer', status: 503 };
const OFF = { retry: false, circuitBreaker: false, streaming: false, errors: 'response' } as const;
const SLOW: Answer = { does: 'answer', status: 200, delay: 400 };

function shown({ ending, status }: Ended): string {
  return ending === 'answer' ? String(status) : `${status} ${ending}`;
}

async function atOnce(arm: SharedArm, script: string, calls: number): Promise<string[]> {
  return (await Promise.all(Array.from({ length: calls }, () => arm.call(script)))).map(shown).sort();
}

async function inTurn(arm: SharedArm, script: string, calls: number): Promise<string[]> {
  const ends: string[] = [];
  for (let call = 0; call < calls; call++) ends.push(shown(await arm.call(script)));
  return ends;
}

function limited(
  name: string,
  limit: number,
  queue: number,
  calls: number,
  rest: Omit<SharedStateCase, 'name' | 'upstream' | 'settings' | 'play'>,
): SharedStateCase {
  return {
    name: `concurrency: ${name}`,
    upstream: `limit-${limit}-${queue}-${calls}`,
    settings: { ...OFF, concurrency: { limit, queue } },
    async play(arm) {
      // With a warm connection: Envoy counts what waits for one.
      await arm.call(arm.script(ok).name);
      return await atOnce(arm, arm.script(SLOW).name, calls);
    },
    ...rest,
  };
}

const BREAKER = { consecutiveFailures: 3, openFor: 1_500, maxOpenFor: 1_500, minimumCalls: 1_000 };

function opening(
  name: string,
  upstream: string,
  answers: readonly Answer[],
  ends: readonly string[],
  more: PolicySettings = {},
): SharedStateCase {
  return {
    name: `ejection: ${name}`,
    upstream,
    settings: { ...OFF, circuitBreaker: BREAKER, ...more },
    async play(arm) {
      const script = arm.script(...answers);
      const before = await inTurn(arm, script.name, answers.length);
      await arm.shut();
      const after = shown(await arm.call(script.name));
      return [...before, after, `attempts: ${script.attempts()}`];
    },
    process: [...ends, '503 shut', `attempts: ${answers.length}`],
  };
}

export const SHARED_STATE: readonly SharedStateCase[] = [
  limited('three calls, one place', 1, 0, 3, { process: ['200', '503 overflow', '503 overflow'] }),
  limited('five calls, two places', 2, 0, 5, { process: ['200', '200', ...Array(3).fill('503 overflow')] }),
  limited('two calls, one place and a queue of one', 1, 1, 2, { process: ['200', '200'] }),
  limited('five calls, one place and a queue of one', 1, 1, 5, {
    process: ['200', '200', ...Array(3).fill('503 overflow')],
    sidecar: {
      shows: ['200', '200', '200', '503 overflow', '503 overflow'],
      why: 'the exported queue is longer by the limit: Envoy counts a request as waiting while its connection is made',
      source: 'Envoy 1.40, run; the fidelity report says so',
    },
  }),
  {
    name: 'concurrency: a refused call is not retried',
    upstream: 'limit-retried',
    settings: {
      ...OFF,
      concurrency: { limit: 1 },
      retry: { limit: 2, budget: false, on: ['5xx'], backoff: { base: 1, max: 2 } },
    },
    async play(arm) {
      await arm.call(arm.script(ok).name);
      const script = arm.script(SLOW);
      return [...(await atOnce(arm, script.name, 2)), `attempts: ${script.attempts()}`];
    },
    process: ['200', '503 overflow', 'attempts: 1'],
  },
  opening('three times 503', 'statuses', [failing, failing, failing], ['503', '503', '503']),
  opening(
    'three resets',
    'resets',
    [{ does: 'reset' }, { does: 'reset' }, { does: 'reset' }],
    Array(3).fill('503 connection'),
  ),
  opening(
    'three timeouts',
    'timeouts',
    [{ does: 'hang' }, { does: 'hang' }, { does: 'hang' }],
    Array(3).fill('504 timeout'),
    { timeout: 600 },
  ),
  opening(
    'two failures are forgotten after a success',
    'interrupted',
    [failing, failing, ok, failing, failing, failing],
    ['503', '503', '200', '503', '503', '503'],
  ),
  {
    name: 'ejection: every call fails',
    upstream: 'rate',
    settings: {
      ...OFF,
      circuitBreaker: { failureRate: 0.5, minimumCalls: 5, window: 400, openFor: 400, maxOpenFor: 400 },
    },
    async play(arm) {
      const script = arm.script(failing);
      // Envoy judges rates at a sweep, so it lets some more pass.
      const until = performance.now() + PATIENCE;
      let end = '';
      while (end !== '503 shut' && performance.now() < until) end = shown(await arm.call(script.name));
      return [script.attempts() < 5 ? 'too early' : 'after five calls or more', end];
    },
    process: ['after five calls or more', '503 shut'],
  },
  {
    name: 'ejection: 500 and 404 do not count',
    upstream: 'other-failures',
    settings: { ...OFF, circuitBreaker: BREAKER },
    play: (arm) => {
      const other = [500, 404, 500, 500, 429, 500].map((status) => ({ does: 'answer' as const, status }));
      return inTurn(arm, arm.script(...other).name, other.length);
    },
    process: ['500', '404', '500', '500', '429', '500'],
  },
  {
    name: 'ejection: three calls when its time is over',
    upstream: 'probes',
    settings: { ...OFF, circuitBreaker: BREAKER },
    async play(arm) {
      await inTurn(arm, arm.script(failing).name, 3);
      await arm.shut();
      await arm.back();
      return await atOnce(arm, arm.script(SLOW).name, 3);
    },
    process: ['200', '503 shut', '503 shut'],
    sidecar: {
      shows: ['200', '200', '200'],
      why: 'an endpoint that comes back gets all of its traffic; Envoy has no probes',
      source: 'Envoy, outlier detection; the fidelity report says so',
    },
  },
  {
    name: 'retry budget: of one retry',
    upstream: 'budget',
    settings: {
      ...OFF,
      retry: { limit: 1, budget: { ratio: 0, minPerSecond: 0.1 }, backoff: { base: 1, max: 2 } },
    },
    async play(arm) {
      const script = arm.script(failing);
      return [...(await inTurn(arm, script.name, 4)), `attempts: ${script.attempts()}`];
    },
    process: [...Array(4).fill('503'), 'attempts: 5'],
    sidecar: {
      shows: [...Array(4).fill('503'), 'attempts: 8'],
      why: "Envoy's budget is a share of the requests in flight, and at least three retries at a time: one call after the other never exhausts it",
      source: 'Envoy 1.40, run: `retry_budget`; the fidelity report says so',
    },
  },
  {
    name: 'back-off: full jitter, doubled up to the maximum',
    upstream: 'backoff',
    settings: { ...OFF, retry: { limit: 4, budget: false, backoff: { base: 40, max: 200 } } },
    async play(arm) {
      // So many that the largest of them is above half of what is possible, but once in 16 million runs.
      const scripts = Array.from({ length: 24 }, () => arm.script(failing));
      await Promise.all(scripts.map(({ name }) => arm.call(name)));
      return [40, 80, 160, 200].map((most, retry) => {
        const largest = Math.max(...scripts.map(({ gaps }) => gaps()[retry] ?? Number.NaN));
        const within = largest > most / 2 && largest < most + PATIENCE;
        return within ? `up to ${most} ms` : `up to ${largest} ms instead of ${most}`;
      });
    },
    process: ['up to 40 ms', 'up to 80 ms', 'up to 160 ms', 'up to 200 ms'],
  },
];
