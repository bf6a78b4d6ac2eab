import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CircuitOpenError, ConcurrencyLimitError, type FetchFunction } from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { aHeldClient, circuitOf, type HeldRequest, ORIGIN } from './a-held-client.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

/** Two failures in a row open it for a second. */
const TWO = { retry: false, circuitBreaker: { consecutiveFailures: 2, openFor: '1s' } } as const;

describe('opossum', () => {
  it('O1 the time that a circuit is open is measured from its opening, not from its making', async () => {
    const { clock, meshwise, one } = aHeldClient(TWO);
    await one(200);
    await clock.advance(60_000);
    await one(503);
    await one(503);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'open', retryAfterMs: 1000 });
    await clock.advance(999);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'open', retryAfterMs: 1 });
    await clock.advance(1);
    expect(circuitOf(meshwise).state).toBe('half-open');
  });

  it('O3 a timeout ends the call that it is of, and no other of the same upstream', async () => {
    const slow = upstream.script({ status: 200, delay: 300, body: 'whole' });
    const hung = upstream.script('hang');
    const { client } = aClient({ retry: false });
    const other = client(upstream.origin + slow.path);
    const late = await rejectionOf(client.with({ timeout: '60ms' })(upstream.origin + hung.path));
    expect(late).toMatchObject({ code: 'MESHWISE_TIMEOUT' });
    expect(await (await other).text()).toBe('whole');
    expect((await client(upstream.origin + slow.path)).status).toBe(200);
  });

  it("O4 without any timeout of ours a hung probe ends by the client's own, and the circuit goes on", async () => {
    const { path, requests } = upstream.script('reset', 'hang', 200);
    const patient = new Agent();
    const impatient = new Agent({ headersTimeout: 300 });
    onTestFinished(() => Promise.all([patient.destroy(), impatient.destroy()]).then(() => undefined));
    let sent = 0;
    const fetch = ((url: string, init: object) =>
      undiciFetch(url, { ...init, dispatcher: ++sent === 2 ? impatient : patient })) as unknown as FetchFunction;
    const { client, meshwise } = aClient(
      { timeout: false, retry: false, circuitBreaker: { consecutiveFailures: 1, openFor: 5 } },
      { fetch },
    );
    const halfOpen = async () => {
      while (circuitOf(meshwise).state !== 'half-open') await sleep(circuitOf(meshwise).retryAfterMs);
    };
    await rejectionOf(client(upstream.origin + path));
    await halfOpen();
    const probe = rejectionOf(client(upstream.origin + path));
    expect(await rejectionOf(client(upstream.origin + path))).toBeInstanceOf(CircuitOpenError);
    expect(await probe).toMatchObject({ cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } });
    await halfOpen();
    expect((await client(upstream.origin + path)).status).toBe(200);
    expect(circuitOf(meshwise).state).toBe('closed');
    expect(requests).toHaveLength(3);
  });

  it('O4 a probe that nothing ever ends keeps the others out for maxOpenFor, and no longer', async () => {
    const { clock, meshwise, client, last, one, requests } = aHeldClient({
      timeout: false,
      retry: false,
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s', maxOpenFor: '5s' },
    });
    await one(503);
    await clock.advance(1000);
    const hung = client(ORIGIN);
    const never = await last();
    await clock.advance(4999);
    expect(await rejectionOf(client(ORIGIN))).toBeInstanceOf(CircuitOpenError);
    await clock.advance(1);
    await one(200);
    expect(circuitOf(meshwise).state).toBe('closed');
    expect(requests).toHaveLength(3);
    never.answer(503);
    await hung;
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', failures: 0 });
  });

  it.each(['before its probe', 'during its probe'])(
    'O5 a success from before the opening does not close a half-open circuit, %s',
    async (when) => {
      const { clock, meshwise, client, last, one } = aHeldClient(TWO);
      const closed: string[] = [];
      meshwise.on('circuit-close', ({ key }) => closed.push(key));
      const old = client(ORIGIN);
      const oldest = await last();
      await one(503);
      await one(503);
      await clock.advance(1000);
      const probe = when === 'during its probe' ? client(ORIGIN) : undefined;
      const probing = await last();
      oldest.answer(200);
      expect((await old).status).toBe(200);
      expect(circuitOf(meshwise).state).toBe('half-open');
      if (probe !== undefined) {
        expect(await rejectionOf(client(ORIGIN))).toBeInstanceOf(CircuitOpenError);
        probing.answer(503);
        await probe;
        expect(circuitOf(meshwise).state).toBe('open');
      }
      expect(closed).toEqual([]);
    },
  );

  it('O6 calls that our own limit rejects are no failures of the upstream', async () => {
    const { meshwise, client, last } = aHeldClient({ ...TWO, concurrency: { limit: 1 } });
    const holder = client(ORIGIN);
    const held = await last();
    for (let call = 0; call < 50; call++) {
      expect(await rejectionOf(client(ORIGIN))).toBeInstanceOf(ConcurrencyLimitError);
    }
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', calls: 0, failures: 0 });
    held.answer(200);
    expect((await holder).status).toBe(200);
  });

  it('O7 nothing of a closed meshwise ticks on', async () => {
    const { clock, meshwise, one } = aHeldClient({ ...TWO, concurrency: { limit: 2, queue: 2 } });
    await one(503);
    await one(503);
    expect(circuitOf(meshwise).state).toBe('open');
    await meshwise.close();
    // What may be left are deadlines that nobody waits for any more: they hold nothing, and end at their time.
    expect(clock.referenced).toBe(0);
    await clock.advance(30_000);
    expect(clock.timers).toBe(0);
    expect(circuitOf(meshwise).state).toBe('half-open');
  });

  it('O8 a probe whose error says nothing about the upstream is no success, and its permit comes back', async () => {
    const { clock, meshwise, client, last, one } = aHeldClient(TWO);
    const events: string[] = [];
    meshwise.on('circuit-close', () => events.push('close'));
    meshwise.on('circuit-open', () => events.push('open'));
    await one(503);
    await one(503);
    await clock.advance(1000);
    const probe = rejectionOf(client(ORIGIN));
    (await last()).fail(new RangeError('a bug of somebody'));
    expect(await probe).toBeInstanceOf(RangeError);
    expect(circuitOf(meshwise).state).toBe('half-open');
    const controller = new AbortController();
    const aborted = rejectionOf(client(ORIGIN, { signal: controller.signal }));
    await last();
    controller.abort();
    await aborted;
    expect(circuitOf(meshwise).state).toBe('half-open');
    expect(events).toEqual(['open']);
    await one(200);
    expect(events).toEqual(['open', 'close']);
  });

  it.each<[string, (request: HeldRequest) => void]>([
    ['gives nothing', (request) => request.giveNothing()],
    ['fails with nothing', (request) => request.fail(undefined)],
  ])('O12 a fetch that %s disappoints its caller, opens no circuit and blocks none', async (_, wrong) => {
    const { clock, meshwise, client, last, one } = aHeldClient({
      retry: false,
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s' },
    });
    async function disappointed(): Promise<void> {
      const call = rejectionOf(client(ORIGIN));
      wrong(await last());
      expect(await call).not.toBeInstanceOf(CircuitOpenError);
    }
    await disappointed();
    await disappointed();
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', failures: 0 });
    await one(503);
    await clock.advance(1000);
    await disappointed();
    expect(circuitOf(meshwise).state).toBe('half-open');
    await one(200);
    expect(circuitOf(meshwise).state).toBe('closed');
  });

  it('O12 a function that returns nothing, and no promise either, has succeeded', async () => {
    const { meshwise } = aHeldClient({});
    const nothing = meshwise.wrap(() => undefined, { upstream: 'db', circuitBreaker: { consecutiveFailures: 1 } });
    for (let call = 0; call < 3; call++) expect(await nothing()).toBeUndefined();
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', calls: 3, failures: 0 });
  });

  it('O12 a classifier that throws disappoints its caller, opens no circuit and blocks none', async () => {
    const { clock, meshwise } = aHeldClient({});
    let verdict = (): { status: number } => JSON.parse('{');
    const judged = meshwise.wrap(() => 'value', {
      upstream: 'db',
      retry: false,
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s' },
      classify: () => verdict(),
    });
    expect(await rejectionOf(judged())).toBeInstanceOf(SyntaxError);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', failures: 0 });
    verdict = () => ({ status: 503 });
    await judged();
    await clock.advance(1000);
    verdict = () => JSON.parse('{');
    expect(await rejectionOf(judged())).toBeInstanceOf(SyntaxError);
    expect(circuitOf(meshwise).state).toBe('half-open');
    verdict = () => ({ status: 200 });
    expect(await judged()).toBe('value');
    expect(circuitOf(meshwise).state).toBe('closed');
  });
});
