import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDaprd } from './daprd-test.ts';
import { startTwoApps, type TwoApps, untilLoaded } from './two-apps.ts';

/** Of an app that nobody calls: only the restart matters. */
function aResiliency(name: string): object {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Resiliency',
    metadata: { name },
    spec: {
      policies: { timeouts: { t: '5s' } },
      targets: { apps: { other: { timeout: 't' } } },
    },
  };
}

/** Not every one of them shows at the API (7 of 8, run). */
const REWRITES = { least: 4, most: 25 };

describeWithDaprd('a real daprd that a changed resource restarts', (binary) => {
  let apps: TwoApps;
  beforeAll(async () => {
    apps = await startTwoApps(binary);
  });
  afterAll(() => apps.stop());

  it('costs no call', async () => {
    const { path } = apps.payments.script(200);
    const { client, meshwise } = apps.client('auto');
    let resends = 0;
    meshwise.on('retry', () => resends++);
    const failures: unknown[] = [];
    let calls = 0;
    let rewriting = true;
    const worker = async () => {
      while (rewriting && failures.length === 0) {
        calls++;
        try {
          const response = await client(`http://payments${path}`);
          await response.text();
          if (response.status !== 200) failures.push(response.status);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const workers = [worker(), worker(), worker()];
    try {
      for (let n = 1; n <= REWRITES.least || (resends === 0 && n <= REWRITES.most); n++) {
        await apps.caller.apply(`r${n}`, aResiliency(`r${n}`));
        await untilLoaded(
          apps.caller,
          Array.from({ length: n }, (_, index) => `r${index + 1}`),
        );
      }
    } finally {
      rewriting = false;
    }
    await Promise.all(workers);
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(REWRITES.least);
    // It was not for nothing: at least one of the restarts was met.
    expect(resends).toBeGreaterThan(0);
  });
});
