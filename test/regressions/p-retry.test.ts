import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FetchFunction, TimeoutError } from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { aHeldClient, circuitOf, ORIGIN } from './a-held-client.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('p-retry', () => {
  it('P1 an abort ends the retry that is under way, on the wire too', async () => {
    const { path, requests } = upstream.script(503, 'hang');
    const signals: (AbortSignal | null | undefined)[] = [];
    const { client } = aClient(
      {},
      {
        fetch: (input, init) => {
          signals.push(init?.signal);
          return fetch(input, init);
        },
      },
    );
    const controller = new AbortController();
    const call = rejectionOf(client(upstream.origin + path, { signal: controller.signal }));
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(2);
    controller.abort('gone');
    expect(await call).toBe('gone');
    expect(signals.map((signal) => signal?.reason)).toEqual([undefined, 'gone']);
  });

  it('P2 the deadline ends the retry that is under way, with an error and not with the response before it', async () => {
    const { clock, client, last, requests } = aHeldClient({ timeout: '1s' });
    const call = rejectionOf(client(ORIGIN));
    (await last()).answer(503);
    const retry = await last();
    expect(requests).toHaveLength(2);
    await clock.advance(1000);
    const error = await call;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ scope: 'call', timeout: 1000, attempts: 2 });
    expect(retry.init.signal?.reason).toBe(error);
  });

  it('P3 an AbortError of the fetch itself is not retried, and not counted', async () => {
    let sent = 0;
    const aborting: FetchFunction = async () => {
      sent++;
      throw new DOMException('This operation was aborted', 'AbortError');
    };
    const { client, meshwise } = aClient({ circuitBreaker: { consecutiveFailures: 1 } }, { fetch: aborting });
    expect(await rejectionOf(client(ORIGIN))).toMatchObject({ name: 'AbortError' });
    expect(sent).toBe(1);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', failures: 0 });
  });
});
