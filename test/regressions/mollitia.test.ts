import { describe, expect, it } from 'vitest';
import {
  CircuitOpenError,
  ClosedError,
  ConcurrencyLimitError,
  ConfigError,
  createMeshwise,
  MeshwiseError,
  TimeoutError,
} from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { ORIGIN } from './a-held-client.ts';
import { collectGarbage } from './collect-garbage.ts';

describe('mollitia', () => {
  it('M1 no list of ours holds a meshwise that nobody else holds, nor what was given to it', async () => {
    const made: WeakRef<object>[] = [];
    async function use(): Promise<void> {
      const fetch = async () => new Response('busy', { status: 503 });
      const listener = () => undefined;
      const clock = new VirtualClock();
      const meshwise = createMeshwise({
        env: {},
        clock,
        fetch,
        upstreams: {
          payments: { retry: false, circuitBreaker: { consecutiveFailures: 1 }, concurrency: { limit: 1 } },
        },
      });
      meshwise.on('circuit-open', listener);
      const client = meshwise.client('payments');
      await (await client(ORIGIN)).text();
      // What looks after the slots of unread responses holds them for a second.
      await clock.advance(1000);
      for (const one of [meshwise, client, fetch, listener]) made.push(new WeakRef(one));
    }
    for (let one = 0; one < 100; one++) await use();
    await collectGarbage();
    expect(made).toHaveLength(400);
    // The engine may keep the last one or two in its registers; a leak keeps a hundred.
    expect(made.filter((one) => one.deref() !== undefined).length).toBeLessThan(40);
  });

  it('M1 a response that is kept does not keep the body of its request', async () => {
    const meshwise = createMeshwise({ env: {}, fetch: async () => new Response('ok'), upstreams: { payments: {} } });
    const client = meshwise.client('payments');
    const kept: Response[] = [];
    const bodies: WeakRef<object>[] = [];
    async function send(): Promise<void> {
      const body = new Uint8Array(1000);
      bodies.push(new WeakRef(body));
      const response = await client(ORIGIN, { method: 'PUT', body });
      await response.text();
      kept.push(response);
    }
    for (let one = 0; one < 100; one++) await send();
    await collectGarbage();
    expect(kept).toHaveLength(100);
    expect(bodies.filter((one) => one.deref() !== undefined).length).toBeLessThan(10);
  });

  it('M2 the first listener can be removed, and only it', async () => {
    const meshwise = createMeshwise({
      env: {},
      fetch: async () => new Response('ok'),
      upstreams: { payments: {} },
    });
    const told: string[] = [];
    const off = meshwise.on('call', () => told.push('first'));
    meshwise.on('call', () => told.push('second'));
    off();
    await meshwise.client('payments')(ORIGIN);
    expect(told).toEqual(['second']);
  });

  it.each([
    ['CircuitOpenError', 'MESHWISE_CIRCUIT_OPEN', new CircuitOpenError(5), CircuitOpenError],
    ['ConcurrencyLimitError', 'MESHWISE_CONCURRENCY_LIMIT', new ConcurrencyLimitError(1, 0), ConcurrencyLimitError],
    ['TimeoutError', 'MESHWISE_TIMEOUT', new TimeoutError('call', 5), TimeoutError],
    ['ClosedError', 'MESHWISE_CLOSED', new ClosedError(), ClosedError],
    ['ConfigError', 'MESHWISE_CONFIG', new ConfigError('here', [{ path: 'x', message: 'y' }]), ConfigError],
  ] as const)('M3 a %s is one, has its name, and the code %s', (name, code, error, itself) => {
    expect(error).toBeInstanceOf(itself);
    expect(error).toBeInstanceOf(MeshwiseError);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code]).toEqual([name, code]);
  });
});
