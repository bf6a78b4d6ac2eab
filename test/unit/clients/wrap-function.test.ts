import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  CircuitOpenError,
  ConcurrencyLimitError,
  ConfigError,
  createMeshwise,
  type FunctionAttempt,
  type MeshwiseOptions,
  type PolicySettings,
} from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

class DatabaseError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

function aMeshwise(db: PolicySettings = {}, options: MeshwiseOptions = {}) {
  const clock = new VirtualClock();
  return { clock, meshwise: createMeshwise({ env: {}, clock, random: () => 0.5, ...options, upstreams: { db } }) };
}

/** Lets virtual time pass until the promise is settled. */
async function settled<T>(promise: Promise<T>, clock: VirtualClock): Promise<{ value?: T; error?: unknown }> {
  let result: { value?: T; error?: unknown } | undefined;
  promise.then(
    (value) => {
      result = { value };
    },
    (error: unknown) => {
      result = { error };
    },
  );
  await clock.advance(0);
  while (result === undefined) if (!(await clock.next())) throw new Error('nothing will settle it');
  return result;
}

describe('a wrapped function', () => {
  it('gets the attempt and its own arguments; the caller gives only those', async () => {
    const { clock, meshwise } = aMeshwise({ timeout: '1s' });
    const seen: unknown[] = [];
    const add = meshwise.wrap(
      async ({ attempt, deadline, signal }: FunctionAttempt, a: number, b: number) => {
        seen.push([attempt, deadline, signal.aborted]);
        return a + b;
      },
      { upstream: 'db' },
    );
    expect(await settled(add(1, 2), clock)).toEqual({ value: 3 });
    expect(seen).toEqual([[1, clock.wallTime() + 1000, false]]);
  });

  it('may give undefined, a plain value, or throw at once', async () => {
    const { clock, meshwise } = aMeshwise();
    const nothing = meshwise.wrap(async () => undefined, { upstream: 'db' });
    const plain = meshwise.wrap(() => 7, { upstream: 'db' });
    const bug = new RangeError('a bug');
    const throwing = meshwise.wrap(
      () => {
        throw bug;
      },
      { upstream: 'db' },
    );
    expect(await settled(nothing(), clock)).toEqual({ value: undefined });
    expect(await settled(plain(), clock)).toEqual({ value: 7 });
    expect(await settled(throwing(), clock)).toEqual({ error: bug });
  });

  it.each([
    ['ECONNREFUSED', false, 3],
    ['ECONNREFUSED', true, 3],
    ['ECONNRESET', false, 1],
    ['ECONNRESET', true, 3],
    ['SOMETHING_ELSE', true, 1],
  ])('%s with idempotent: %s makes %i attempts', async (code, idempotent, attempts) => {
    const { clock, meshwise } = aMeshwise();
    let made = 0;
    const query = meshwise.wrap(
      async () => {
        made++;
        throw new DatabaseError(code);
      },
      { upstream: 'db', idempotent },
    );
    expect(await settled(query(), clock)).toMatchObject({ error: { code } });
    expect(made).toBe(attempts);
  });

  it('is judged by its classifier: errors, values, and how long the server asks to wait', async () => {
    const { clock, meshwise } = aMeshwise({ retry: { on: ['gateway-error', 429], backoff: { base: 1, max: 1 } } });
    const at: number[] = [];
    const replies = [
      () => {
        throw new DatabaseError('40001');
      },
      () => 'busy',
      () => 'done',
    ];
    const query = meshwise.wrap(
      () => {
        at.push(clock.now());
        return replies[at.length - 1]?.() ?? 'too many';
      },
      {
        upstream: 'db',
        idempotent: true,
        classify: (outcome) => {
          if ('error' in outcome) return { status: 503 };
          return outcome.value === 'busy' ? { status: 429, retryAfter: 2000 } : undefined;
        },
      },
    );
    expect(await settled(query(), clock)).toEqual({ value: 'done' });
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  it("a classifier's own error rejects the call", async () => {
    const { clock, meshwise } = aMeshwise();
    const failure = new Error('classifier');
    const query = meshwise.wrap(() => 1, {
      upstream: 'db',
      classify: () => {
        throw failure;
      },
    });
    expect(await settled(query(), clock)).toEqual({ error: failure });
    expect(meshwise.status().inFlight).toBe(0);
  });
});

describe('a function that ignores its signal', () => {
  const never = () => new Promise<never>(() => undefined);

  it('ends at the timeout of the call', async () => {
    const { clock, meshwise } = aMeshwise({ timeout: '1s', retry: false });
    const result = await settled(meshwise.wrap(never, { upstream: 'db' })(), clock);
    expect(result).toMatchObject({ error: { code: 'MESHWISE_TIMEOUT', scope: 'call' } });
    expect(clock.now()).toBe(1000);
  });

  it('ends at the timeout of each attempt', async () => {
    const { clock, meshwise } = aMeshwise({ retry: { limit: 1, perTryTimeout: '100ms' } });
    let made = 0;
    const hang = meshwise.wrap(
      () => {
        made++;
        return never();
      },
      { upstream: 'db', idempotent: true },
    );
    expect(await settled(hang(), clock)).toMatchObject({ error: { scope: 'attempt', attempts: 2 } });
    expect(made).toBe(2);
  });

  it("ends with the caller's own reason before the next macrotask, and leaves no listener", async () => {
    const { meshwise } = aMeshwise();
    const controller = new AbortController();
    const reason = new Error('the user left');
    const call = meshwise.wrap(never, { upstream: 'db' }).with({ signal: controller.signal })();
    let error: unknown;
    call.catch((rejection: unknown) => {
      error = rejection;
    });
    controller.abort(reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(error).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(meshwise.status().inFlight).toBe(0);
  });
});

it('a signal that is first read after the abort is aborted', async () => {
  const { clock, meshwise } = aMeshwise({ timeout: '1s', retry: false });
  let late: FunctionAttempt | undefined;
  const hang = meshwise.wrap(
    (attempt) => {
      late = attempt;
      return new Promise<never>(() => undefined);
    },
    { upstream: 'db' },
  );
  await settled(hang(), clock);
  expect(late?.signal.aborted).toBe(true);
  expect(late?.signal.reason).toMatchObject({ code: 'MESHWISE_TIMEOUT' });
});

describe('policies', () => {
  it('come from the configuration by name, or from what is given', async () => {
    const { clock, meshwise } = aMeshwise({ concurrency: { limit: 1 } });
    const slow = (): Promise<number> => new Promise((resolve) => clock.setTimer(() => resolve(1), 10));
    const configured = meshwise.wrap(slow, { upstream: 'db' });
    const first = configured();
    expect(await settled(configured(), clock)).toMatchObject({ error: expect.any(ConcurrencyLimitError) });
    expect(await settled(first, clock)).toEqual({ value: 1 });
    const given = meshwise.wrap(slow, { upstream: 'cache', timeout: '5ms', retry: false });
    expect(await settled(given(), clock)).toMatchObject({ error: { code: 'MESHWISE_TIMEOUT' } });
  });

  it('must not come from both', () => {
    const { meshwise } = aMeshwise();
    const both = () => meshwise.wrap(async () => 1, { upstream: 'db', timeout: '1s' });
    expect(both).toThrow(ConfigError);
    expect(both).toThrow('wrap: timeout: "db" is configured already; change it for one use by .with()');
  });

  it('.with() shares the circuit', async () => {
    const { clock, meshwise } = aMeshwise({ retry: false, circuitBreaker: { consecutiveFailures: 2 } });
    const query = meshwise.wrap(() => Promise.reject(new DatabaseError('ECONNREFUSED')), { upstream: 'db' });
    for (let call = 0; call < 2; call++) await settled(query.with({ timeout: '1s' })(), clock);
    expect(await settled(query(), clock)).toMatchObject({ error: expect.any(CircuitOpenError) });
  });

  it('a fallback answers instead of an error of the network', async () => {
    const { clock, meshwise } = aMeshwise({ retry: false });
    const query = meshwise.wrap((): Promise<string> => Promise.reject(new DatabaseError('ECONNREFUSED')), {
      upstream: 'db',
      fallback: (_, { attempts }) => `from the cache after ${attempts}`,
    });
    expect(await settled(query(), clock)).toEqual({ value: 'from the cache after 1' });
  });

  it('mode off runs the function and nothing else', async () => {
    const { clock, meshwise } = aMeshwise({}, { mode: 'off' });
    let made = 0;
    const query = meshwise.wrap(
      ({ attempt, deadline }) => {
        made++;
        if (made === 1) throw new DatabaseError('ECONNREFUSED');
        return [attempt, deadline];
      },
      { upstream: 'db', idempotent: true },
    );
    expect(await settled(query(), clock)).toMatchObject({ error: { code: 'ECONNREFUSED' } });
    expect(await settled(query(), clock)).toEqual({ value: [1, Number.POSITIVE_INFINITY] });
  });
});

describe('meshwise.circuit', () => {
  const failing = () => Promise.reject(new DatabaseError('ECONNREFUSED'));

  it('open() holds it open: nothing is sent, whatever time passes', async () => {
    const { clock, meshwise } = aMeshwise();
    let made = 0;
    const query = meshwise.wrap(async () => ++made, { upstream: 'db' });
    meshwise.circuit('db').open();
    await clock.advance(3_600_000);
    const { error } = await settled(query(), clock);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({
      retryAfterMs: Number.POSITIVE_INFINITY,
      message: 'the circuit of db is open: an operator holds it open',
    });
    expect(made).toBe(0);
    expect(meshwise.status().circuits).toMatchObject([{ state: 'forced-open' }]);
  });

  it('close() holds it closed: everything is sent, and nothing counts', async () => {
    const { clock, meshwise } = aMeshwise({ retry: false, circuitBreaker: { consecutiveFailures: 2 } });
    const query = meshwise.wrap(failing, { upstream: 'db' });
    meshwise.circuit('db').close();
    for (let call = 0; call < 10; call++)
      expect(await settled(query(), clock)).toMatchObject({ error: { code: 'ECONNREFUSED' } });
    expect(meshwise.status().circuits).toMatchObject([{ state: 'forced-closed', failures: 0 }]);
  });

  it('reset() gives it back to its policy', async () => {
    const { clock, meshwise } = aMeshwise({ retry: false, circuitBreaker: { consecutiveFailures: 2 } });
    const query = meshwise.wrap(failing, { upstream: 'db' });
    const states: string[] = [];
    meshwise.on('circuit-open', () => states.push('open'));
    meshwise.on('circuit-close', () => states.push('closed'));
    meshwise.circuit('db').open();
    meshwise.circuit('db').reset();
    for (let call = 0; call < 2; call++) await settled(query(), clock);
    expect(await settled(query(), clock)).toMatchObject({ error: expect.any(CircuitOpenError) });
    expect(states).toEqual(['open', 'closed', 'open']);
  });

  it('reset() also closes a circuit that opened by itself, and forgets why', async () => {
    const { clock, meshwise } = aMeshwise({ retry: false, circuitBreaker: { consecutiveFailures: 2 } });
    const query = meshwise.wrap(failing, { upstream: 'db' });
    for (let call = 0; call < 2; call++) await settled(query(), clock);
    meshwise.circuit('db').reset();
    expect(meshwise.status().circuits).toMatchObject([{ state: 'closed', calls: 0, failures: 0 }]);
    expect(await settled(query(), clock)).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  });

  it('reset() forgets the failures of a closed circuit, too', async () => {
    const { clock, meshwise } = aMeshwise({ retry: false, circuitBreaker: { consecutiveFailures: 2 } });
    const query = meshwise.wrap(failing, { upstream: 'db' });
    await settled(query(), clock);
    meshwise.circuit('db').reset();
    await settled(query(), clock);
    expect(meshwise.status().circuits).toMatchObject([{ state: 'closed', calls: 1, failures: 1 }]);
  });

  it('holds for origins that are called later', async () => {
    const { meshwise } = aMeshwise({}, { fetch: async () => new Response() });
    meshwise.circuit('db').open();
    await expect(meshwise.client('db')('http://new.example/')).rejects.toBeInstanceOf(CircuitOpenError);
  });

  it('is an error for an upstream that has none', () => {
    const { meshwise } = aMeshwise({ circuitBreaker: false });
    expect(() => meshwise.circuit('db')).toThrow('circuit: the circuit breaker is switched off for "db"');
    expect(() => meshwise.circuit('bd')).toThrow('circuit: there is no upstream "bd"');
  });
});
