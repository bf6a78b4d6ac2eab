import { describe, expect, it, onTestFinished } from 'vitest';
import { aClient } from '../sockets/fetch/a-meshwise.ts';
import { startCountingServer } from './counting-server.ts';

describe('ky', () => {
  it('K1 a retry does not wait for the end of an error body that never comes', async () => {
    const server = await startCountingServer((response, number) => {
      response.statusCode = number === 1 ? 503 : 200;
      // The first body never ends: a retry that waited for it would never come, for there is no timeout.
      if (number === 1) response.write('the first part');
      else response.end('second');
    });
    onTestFinished(() => server.stop());
    const { client } = aClient({ timeout: false });
    expect(await (await client(server.origin)).text()).toBe('second');
    expect(server.requests).toBe(2);
    await server.idle();
  });
});
