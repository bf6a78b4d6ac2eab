import { describe, expect, it } from 'vitest';
import { watchSilence } from '../../../src/call/idle-timeout.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const LIMIT = 100;

/** A response whose server sends a piece when the test says so, watched for silence. */
function aWatched() {
  const clock = new VirtualClock();
  let server: ReadableStreamDefaultController | undefined;
  const stream = new ReadableStream({
    start: (controller) => {
      server = controller;
    },
  });
  const response = new Response(stream);
  const silences: number[] = [];
  watchSilence(response, LIMIT, () => silences.push(clock.now()), clock);
  const reader = response.body?.getReader();
  if (server === undefined || reader === undefined) throw new Error('the response has no body');
  return { clock, server, reader, silences };
}

const piece = () => new Uint8Array([1]);

describe('the silence of a server', () => {
  it('is told when a read has been pending for as long', async () => {
    const { clock, server, reader, silences } = aWatched();
    const pending = reader.read();
    await clock.advance(LIMIT - 1);
    expect(silences).toEqual([]);
    await clock.advance(1);
    expect(silences).toEqual([LIMIT]);
    server.enqueue(piece());
    await pending;
  });

  it('begins anew with every read', async () => {
    const { clock, server, reader, silences } = aWatched();
    for (let count = 0; count < 5; count++) {
      const pending = reader.read();
      await clock.advance(LIMIT - 1);
      server.enqueue(piece());
      await pending;
    }
    expect([silences, clock.now() > 4 * LIMIT, clock.timers]).toEqual([[], true, 0]);
  });

  it('is not that of a reader who takes his time between two reads', async () => {
    const { clock, server, reader, silences } = aWatched();
    for (let count = 0; count < 3; count++) {
      server.enqueue(piece());
      await reader.read();
      await clock.advance(10 * LIMIT);
    }
    expect([silences, clock.timers]).toEqual([[], 0]);
  });

  it('leaves no timer when the body ends, fails or is cancelled', async () => {
    const ended = aWatched();
    const last = ended.reader.read();
    ended.server.close();
    expect((await last).done).toBe(true);

    const failed = aWatched();
    const broken = failed.reader.read();
    failed.server.error(new Error('reset'));
    await expect(broken).rejects.toThrow('reset');

    const cancelled = aWatched();
    const left = cancelled.reader.read();
    await cancelled.reader.cancel();
    expect((await left).done).toBe(true);

    for (const { clock, silences } of [ended, failed, cancelled]) {
      await clock.advance(10 * LIMIT);
      expect([silences, clock.timers]).toEqual([[], 0]);
    }
  });
});
