import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ClientKind } from '../../../src/compare/arms/arm.ts';
import type { CircuitState } from '../../../src/compare/arms/clients/client.ts';
import { clientsOf } from '../../../src/compare/arms/clients/clients.ts';
import { madeCall } from '../../../src/compare/measure/made-call.ts';
import { CALL_HEADER } from '../../../src/compare/processes/call-header.ts';
import { sharedNow } from '../../../src/compare/processes/shared-clock.ts';
import { demandedAttempts } from '../../../src/compare/processes/upstream/fate.ts';
import { Upstream } from '../../../src/compare/processes/upstream/upstream.ts';
import type { Fault } from '../../../src/compare/scenario/fault.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../src/policy/policy-input.ts';

const always = { from: 0, to: undefined, probability: 1, host: undefined };
const RANDOM: readonly Fault[] = [{ kind: 'status', status: 503, when: { ...always, probability: 0.6 } }];
const SEED = 5;
const CALLS = 80;

let upstream: Upstream | undefined;
afterEach(() => upstream?.close());

async function start(faults: readonly Fault[]): Promise<string> {
  upstream = new Upstream({ shape: { hosts: 1, serviceTime: 0, concurrency: undefined, body: 5 }, faults, seed: SEED });
  const [port] = await upstream.listen();
  upstream.begin(sharedNow());
  return `http://127.0.0.1:${port}/`;
}

const attempts = () => upstream?.seen({ starts: new Float64Array(), timeout: false }).total;

interface Played {
  readonly kinds: readonly string[];
  readonly circuit: readonly CircuitState[];
}

async function play(kind: ClientKind, input: PolicyInput, url: string, init: RequestInit = {}): Promise<Played> {
  const clients = await clientsOf(kind);
  const circuit: CircuitState[] = [];
  const client = clients.of({ input, resolved: parsePolicy(input) }, (state) => circuit.push(state));
  const kinds: string[] = [];
  for (let call = 0; call < CALLS; call += 1)
    kinds.push((await madeCall(client, url, { ...init, headers: { [CALL_HEADER]: String(call) } })).kind);
  return { kinds, circuit };
}

/** A name of its own for every test: what a client knows of an upstream it shares by this name. */
let names = 0;
function policy(given: Partial<PolicyInput> = {}): PolicyInput {
  names += 1;
  const backoff = { base: 1, max: 2 };
  return {
    upstream: `payments-${names}`,
    timeout: '10s',
    retry: { limit: 2, backoff, budget: false },
    circuitBreaker: false,
    ...given,
  };
}

describe('clients make the attempts that the faults demand', () => {
  it.each<[ClientKind, number]>([
    ['bare', 1],
    ['noop', 1],
    ['breaker', 1],
    ['telemetry', 1],
    ['process', 3],
    ['retry', 3],
    ['by-hand', 3],
    ['cockatiel', 3],
  ])('%s: at most %d each', async (kind, limit) => {
    const url = await start(RANDOM);
    const { kinds } = await play(kind, policy(), url);
    expect(attempts()).toBe(demandedAttempts(RANDOM, SEED, CALLS, limit));
    expect(new Set(kinds)).toEqual(new Set(['200', '503']));
  });

  it.each<ClientKind>(['process', 'by-hand', 'cockatiel'])('%s: a POST is made once', async (kind) => {
    const url = await start(RANDOM);
    await play(kind, policy(), url, { method: 'POST', body: 'money' });
    expect(attempts()).toBe(CALLS);
  });
});

describe('breakers tell when they open', () => {
  it.each<ClientKind>(['process', 'breaker', 'by-hand', 'cockatiel'])('%s', async (kind) => {
    const url = await start([{ kind: 'status', status: 503, when: always }]);
    const circuitBreaker = { failureRate: 0.5, minimumCalls: 5, window: '10s', openFor: '60s', maxOpenFor: '60s' };
    const { kinds, circuit } = await play(kind, policy({ circuitBreaker, retry: { limit: 0 } }), url);
    expect(circuit).toEqual(['open']);
    expect(attempts()).toBeLessThan(CALLS);
    expect(kinds.at(-1)).not.toBe('503');
  });
});

describe('time limits', () => {
  const short = { timeout: 2000, retry: { limit: 1, perTryTimeout: 200, backoff: { base: 1, max: 2 }, budget: false } };
  it.each<ClientKind>(['process', 'by-hand', 'cockatiel'])('%s: of an attempt, and of the call', async (kind) => {
    const url = await start([{ kind: 'hang', when: always }]);
    const input = policy(short as Partial<PolicyInput>);
    const client = (await clientsOf(kind)).of({ input, resolved: parsePolicy(input) }, () => {});
    const began = performance.now();
    const { good } = await madeCall(client, url, { headers: { [CALL_HEADER]: '0' } });
    expect(good).toBe(false);
    expect(attempts()).toBe(2);
    expect(performance.now() - began).toBeGreaterThanOrEqual(396);
  });
});

describe('with an SDK', () => {
  it('every attempt is a span, and every span has its place', async () => {
    const { context, propagation, trace } = await import('@opentelemetry/api');
    onTestFinished(() => {
      for (const api of [trace, context, propagation]) api.disable();
    });
    const url = await start([]);
    const clients = await clientsOf('telemetry-sdk');
    const input = policy();
    const client = clients.of({ input, resolved: parsePolicy(input) }, () => {});
    for (let call = 0; call < 20; call += 1) await madeCall(client, url, {});
    expect(await clients.traces?.()).toEqual({ traces: 20, singleRooted: 20, orphans: 0, clientSpans: 20 });
    expect(await clients.traces?.()).toEqual({ traces: 0, singleRooted: 0, orphans: 0, clientSpans: 0 });
  });
});
