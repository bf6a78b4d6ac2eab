import { describe, expect, it } from 'vitest';
import { createMeshwise, type PolicySettings } from '../../../src/index.ts';
import { type ScriptedAnswer, scriptedFetch, seededRandom, VirtualClock } from '../../../src/testing/index.ts';

function scripted(answers: ScriptedAnswer[], settings: PolicySettings = {}) {
  const clock = new VirtualClock();
  const fetch = scriptedFetch(answers, { clock });
  const meshwise = createMeshwise({
    env: {},
    fetch,
    clock,
    random: seededRandom(1),
    upstreams: { payments: settings },
  });
  return { clock, fetch, payments: meshwise.client('payments') };
}

describe('a policy on a scripted fetch and a virtual clock', () => {
  it('retries, and minutes take no time', async () => {
    const { clock, fetch, payments } = scripted(
      [{ status: 429, headers: { 'retry-after': '8' } }, 'reset', 'refused', 200],
      { retry: { limit: 3 } },
    );
    const call = payments('http://payments/', { method: 'PUT', body: 'x' });
    await clock.advance(10_000);
    expect((await call).status).toBe(200);
    expect(fetch.requests.map(({ method, body }) => [method, body])).toEqual(Array(4).fill(['PUT', 'x']));
    expect((fetch.requests[1]?.at ?? 0) - (fetch.requests[0]?.at ?? 0)).toBeGreaterThanOrEqual(8000);
  });

  it('times out at the virtual millisecond', async () => {
    const { clock, payments } = scripted(['hang'], { timeout: '2s', retry: false });
    const call = payments('http://payments/').catch((error: unknown) => error);
    await clock.advance(2000);
    expect(await call).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope: 'call' });
  });

  it('answers in detail, after a while', async () => {
    const { clock, payments } = scripted([{ status: 201, headers: { 'x-a': '1' }, body: 'made', delay: 50 }]);
    const call = payments('http://payments/');
    await clock.advance(50);
    const response = await call;
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([201, '1', 'made']);
  });

  it('repeats with its seed', async () => {
    const waits = async () => {
      const { clock, fetch, payments } = scripted([503], { retry: { limit: 4, backoff: { base: 100, max: 1000 } } });
      const call = payments('http://payments/');
      await clock.advance(5000);
      await call;
      return fetch.requests.map(({ at }) => at);
    };
    expect(await waits()).toEqual(await waits());
  });
});
