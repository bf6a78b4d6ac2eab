import { describe, expect, it } from 'vitest';
import { aHeldClient, ORIGIN } from './a-held-client.ts';

describe('got', () => {
  it('G1 without a timeout and without a cap of the user no server can make a call wait for an hour', async () => {
    const { clock, client, last, requests } = aHeldClient({ timeout: false });
    const call = client(ORIGIN);
    (await last()).answer(503, { 'retry-after': '3600' });
    expect((await call).status).toBe(503);
    expect(requests).toHaveLength(1);
    expect(clock.now()).toBe(0);
  });
});
