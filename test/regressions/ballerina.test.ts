import { describe, expect, it } from 'vitest';
import { createMeshwise } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { ORIGIN } from './a-held-client.ts';

describe('Ballerina', () => {
  it('B1 there is no wait after the last attempt', async () => {
    const clock = new VirtualClock();
    const sentAt: number[] = [];
    const meshwise = createMeshwise({
      env: {},
      clock,
      random: () => 0.5,
      fetch: async () => {
        sentAt.push(clock.now());
        return new Response(null, { status: 503 });
      },
      upstreams: { payments: { retry: { limit: 2, backoff: { base: '1s', max: '10s' } } } },
    });
    const call = meshwise
      .client('payments')(ORIGIN)
      .then(() => clock.now());
    await clock.advance(60_000);
    expect(sentAt).toEqual([0, 500, 1500]);
    expect(await call).toBe(1500);
    expect(clock.timers).toBe(0);
  });
});
