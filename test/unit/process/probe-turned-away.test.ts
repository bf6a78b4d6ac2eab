import { expect, it } from 'vitest';
import { CircuitOpenError, ConcurrencyLimitError } from '../../../src/index.ts';
import { aHeldClient, ORIGIN } from '../../regressions/a-held-client.ts';

it('a probe that the concurrency limit turns away gives its permit back: the next one is let through', async () => {
  const { clock, client, last, requests } = aHeldClient({
    retry: false,
    circuitBreaker: { consecutiveFailures: 1, openFor: '100ms' },
    concurrency: { limit: 1, queue: 0 },
  });
  // The failure opens the circuit, and holds the only slot for as long as its body is read.
  const [failure] = await Promise.all([client(ORIGIN), last().then(({ answer }) => answer(503))]);
  await expect(client(ORIGIN)).rejects.toThrow(CircuitOpenError);
  await clock.advance(100);
  await expect(client(ORIGIN)).rejects.toThrow(ConcurrencyLimitError);

  await failure.text();
  await clock.advance(0);
  expect(requests).toHaveLength(1);
  const probe = client(ORIGIN);
  (await last()).answer(200);
  expect((await probe).status).toBe(200);
  expect(requests).toHaveLength(2);
});
