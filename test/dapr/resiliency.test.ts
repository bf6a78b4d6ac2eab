import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CircuitOpenError, ConnectionError, outcomeOf, TimeoutError } from '../../src/index.ts';
import { rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { describeWithDaprd } from './daprd-test.ts';
import { startTwoApps, type TwoApps } from './two-apps.ts';

/** As an operator writes it for `checkout`; naming the app switches the built-in retries off. */
function resiliency(name: string, retries: number, tripAt = 100): object {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Resiliency',
    metadata: { name },
    spec: {
      policies: {
        timeouts: { perTry: '300ms' },
        retries: {
          some: { policy: 'constant', duration: '10ms', maxRetries: retries, matching: { httpStatusCodes: '503' } },
        },
        circuitBreakers: {
          perPath: { maxRequests: 1, timeout: '60s', trip: `consecutiveFailures >= ${tripAt}` },
        },
      },
      targets: { apps: { payments: { timeout: 'perTry', retry: 'some', circuitBreaker: 'perPath' } } },
    },
  };
}

describeWithDaprd('a real daprd', (binary) => {
  let apps: TwoApps;
  const beside = (...resources: object[]) => {
    beforeAll(async () => {
      apps = await startTwoApps(binary, { resources });
    });
    afterAll(() => apps.stop());
  };

  describe('without a Resiliency', () => {
    beside();
    const callOnce = (path: string) => apps.client('auto', { retry: false }).client(`http://payments${path}`);

    it('passes every reply of the app on, once', async () => {
      for (const status of [200, 404, 429, 500, 503]) {
        const { path, requests } = apps.payments.script(status);
        const response = await callOnce(path);
        expect([response.status, await response.text()]).toEqual([status, `the upstream says ${status}`]);
        expect(outcomeOf(response)).toMatchObject({ verdict: undefined, author: undefined });
        expect(requests).toHaveLength(1);
      }
    });

    it('tells of a lost connection, and the process retries as without it', async () => {
      const lost = apps.payments.script('reset');
      expect(await rejectionOf(callOnce(lost.path))).toMatchObject({
        name: 'ConnectionError',
        owner: 'sidecar',
        cause: { code: 'ECONNRESET' },
      });
      expect(lost.requests).toHaveLength(1);
      const { path, requests } = apps.payments.script('reset', 'reset', 200);
      const response = await apps.client('auto').client(`http://payments${path}`);
      expect([response.status, outcomeOf(response)?.attempts]).toEqual([200, 3]);
      expect(requests).toHaveLength(3);
    });

    it('is seen to have none: the word that it retries does not hold', async () => {
      const { path, requests } = apps.payments.script('reset', 'reset', 200);
      const { client, meshwise } = apps.client('mesh');
      const warnings: string[] = [];
      meshwise.on('warning', ({ code }) => warnings.push(code));
      await meshwise.ready();
      expect((await client(`http://payments${path}`)).status).toBe(200);
      expect(requests).toHaveLength(3);
      expect(warnings).toEqual(['MESHWISE_WORD_CONTRADICTED', 'MESHWISE_WORD_CONTRADICTED']);
      await meshwise.close();
    });

    it('knows no app of that name', async () => {
      const { client } = apps.client('auto', { retry: false });
      const error = await rejectionOf(client('http://nobody/a'));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ cause: { code: 'ENOTFOUND' } });
    });

    it('tries four times to reach a sidecar that is gone, and those count', async () => {
      await apps.killCallee();
      const { client } = apps.client('auto', { retry: { limit: 2 }, timeout: '30s' });
      const begun = performance.now();
      const error = await rejectionOf(client('http://payments/a', { method: 'POST', body: 'a' }));
      expect(error).toMatchObject({ name: 'ConnectionError', attempts: 4, cause: { code: 'ECONNREFUSED' } });
      // Its own 3 × 1 s, once.
      expect(performance.now() - begun).toBeGreaterThan(2_900);
      await apps.startCallee();
    });
  });

  describe('with a Resiliency', () => {
    beside(resiliency('some', 2));

    it('retries for a process that leaves it to it, and a process that does not doubles it', async () => {
      const once = apps.payments.script(503);
      const left = apps.client('mesh');
      await left.meshwise.ready();
      const response = await left.client(`http://payments${once.path}`);
      expect([response.status, outcomeOf(response)?.attempts]).toEqual([503, 1]);
      expect(once.requests).toHaveLength(3);
      const doubled = apps.payments.script(503);
      expect((await apps.client('auto').client(`http://payments${doubled.path}`)).status).toBe(503);
      expect(doubled.requests).toHaveLength(9);
    });

    it('gives up an attempt that takes too long', async () => {
      const { path, requests } = apps.payments.script('hang');
      const error = await rejectionOf(apps.client('mesh').client(`http://payments${path}`));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ scope: 'attempt', owner: 'sidecar', response: { status: 500 } });
      expect(requests).toHaveLength(3);
    });

    it('leaves the deadline of the call here', async () => {
      const { path } = apps.payments.script('hang');
      const error = await rejectionOf(apps.client('mesh', { timeout: 400 }).client(`http://payments${path}`));
      expect(error).toMatchObject({ name: 'TimeoutError', scope: 'call', timeout: 400 });
    });
  });

  describe('with a circuit breaker', () => {
    beside(resiliency('trips', 0, 1));
    // Every test its own path: daprd has a breaker for each.
    let path = '';
    let tried: () => number;
    beforeEach(() => {
      const script = apps.payments.script(500);
      ({ path } = script);
      tried = () => script.requests.length;
    });

    it.each(['auto', 'mesh'] as const)('stops calls, in mode %s', async (mode) => {
      const { client } = apps.client(mode);
      expect((await client(`http://payments${path}`)).status).toBe(500);
      const error = await rejectionOf(client(`http://payments${path}`));
      expect(error).toBeInstanceOf(CircuitOpenError);
      expect(error).toMatchObject({ owner: 'sidecar', retryAfterMs: 0, attempts: 1 });
      expect(tried()).toBe(1);
    });

    it('answers itself with errors: response', async () => {
      const { client } = apps.client('mesh', { errors: 'response' });
      await (await client(`http://payments${path}`)).text();
      const response = await client(`http://payments${path}`);
      expect(await response.json()).toMatchObject({ errorCode: 'ERR_DIRECT_INVOKE' });
      expect(outcomeOf(response)).toMatchObject({ owner: 'sidecar', verdict: { kind: 'circuit-open' } });
    });
  });
});
