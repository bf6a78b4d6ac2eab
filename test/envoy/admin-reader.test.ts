import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { type AdminAddress, adminAddress } from '../../src/meshes/envoy/admin/admin-address.ts';
import { AdminReader } from '../../src/meshes/envoy/admin/admin-reader.ts';
import { coverageOf, type EnvoyCoverage } from '../../src/meshes/envoy/admin/coverage.ts';
import { readAdmin } from '../../src/meshes/envoy/admin/read-admin.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { istioLikeBootstrap } from './istio-like-bootstrap.ts';
import { BREAKER, policyOf, RETRY } from './policy-fixture.ts';
import { startSwappableSidecar } from './swappable-routes.ts';

const POLICY = policyOf({
  upstream: 'payments',
  timeout: 2_000,
  streaming: false,
  retry: { ...RETRY, perTryTimeout: 500 },
  circuitBreaker: BREAKER,
});

function exported(policy: Policy, forEveryone = false) {
  return envoyBootstrap({
    caller: 'shop',
    forEveryone,
    upstreams: [{ policy, listen: { port: 0 }, endpoints: [{ host: '127.0.0.1', port: 9 }] }],
  });
}

function addressOf({ adminUrl }: RunningEnvoy): AdminAddress {
  const address = adminAddress(adminUrl);
  if ('noEvidence' in address) throw new Error(address.noEvidence);
  return address;
}

function levels({ concerns }: EnvoyCoverage): Record<string, string> {
  return Object.fromEntries(Object.entries(concerns).map(([concern, { covered }]) => [concern, covered]));
}

describeWithEnvoy('what a real admin shows', (binary) => {
  let lockDirectory: string;
  beforeAll(async () => {
    lockDirectory = await mkdtemp(join(tmpdir(), 'meshwise-lock-'));
  });
  afterAll(() => rm(lockDirectory, { recursive: true }));

  async function coverage(envoy: RunningEnvoy, url: URL, policy = POLICY): Promise<EnvoyCoverage> {
    const reader = new AdminReader({
      address: addressOf(envoy),
      maxDelay: 0,
      lockDirectory,
      limits: { timeout: 15_000 },
    });
    const evidence = await reader.read([url]);
    if (evidence.noEvidence !== undefined) throw new Error(evidence.noEvidence);
    expect(evidence.server.version).toMatch(/^1\.\d+\.\d+$/);
    return coverageOf(evidence.facts, { policy, url, caller: 'shop' });
  }
  const at = (envoy: RunningEnvoy, listener = 'payments') =>
    new URL(`http://127.0.0.1:${envoy.listeners.get(listener)}`);

  it('of an export: its marked rule covers the retries, and nothing else is taken over', async () => {
    const envoy = await startEnvoy(binary, exported(POLICY));
    try {
      const found = await coverage(envoy, at(envoy));
      expect(found.mark).toBe('offered');
      expect(found.doubled).toEqual([]);
      expect(levels(found)).toEqual({ retry: 'all', timeout: 'none', circuitBreaker: 'none', tracing: 'none' });
      expect(found.concerns.circuitBreaker.evidence).toEqual([
        'cluster payments: 1 host, no outlier detection, panic threshold 50 %, no limits',
      ]);
    } finally {
      await envoy.stop();
    }
  });

  it('of an export for everyone: the whole policy, as far as a sidecar can', async () => {
    const envoy = await startEnvoy(binary, exported(POLICY, true));
    try {
      const found = await coverage(envoy, at(envoy));
      expect(levels(found)).toEqual({ retry: 'all', timeout: 'all', circuitBreaker: 'part', tracing: 'none' });
      expect(found.concerns.circuitBreaker.why).toBe('single hosts are ejected; calls to the upstream are not stopped');
    } finally {
      await envoy.stop();
    }
  });

  it('before and after routes arrive by RDS, are replaced and are those of another policy', async () => {
    const older = { ...POLICY, retry: { ...RETRY, limit: 1 } };
    const sidecar = await startSwappableSidecar(binary, exported({ ...POLICY, retry: false }));
    try {
      const url = at(sidecar.envoy);
      const before = await coverage(sidecar.envoy, url);
      expect([before.mark, before.concerns.retry.covered]).toEqual(['none', 'none']);
      await sidecar.swap(exported(POLICY));
      const after = await coverage(sidecar.envoy, url);
      expect([after.mark, after.concerns.retry.covered]).toEqual(['offered', 'all']);
      await sidecar.swap(exported(older));
      const replaced = await coverage(sidecar.envoy, url);
      expect([replaced.mark, replaced.concerns.retry.covered]).toEqual(['out of date', 'none']);
      const asOlder = await coverage(sidecar.envoy, url, older);
      expect([asOlder.mark, asOlder.concerns.retry.covered]).toEqual(['offered', 'all']);
    } finally {
      await sidecar.stop();
    }
  });

  it('of a default Istio: connect failures, and those doubled', async () => {
    const envoy = await startEnvoy(binary, istioLikeBootstrap(1));
    try {
      const { port } = at(envoy, 'outbound');
      const known = await coverage(envoy, new URL(`http://up.default.svc:${port}`));
      expect(levels(known)).toEqual({ retry: 'part', timeout: 'none', circuitBreaker: 'none', tracing: 'none' });
      expect(known.concerns.retry.why).toBe(
        'a route does not retry reset, per-try-timeout, 502-504; a route has no per-try timeout',
      );
      expect(known.doubled).toContain(
        'POST: connect-failure, refused-stream is retried here and by the sidecar, up to 9 attempts',
      );
      const unknown = await coverage(envoy, new URL(`http://somewhere.else:${port}`));
      expect(unknown.concerns.retry.why).toBe('a route does not retry');
      const blocked = await coverage(envoy, new URL(`http://blocked:${port}`));
      expect(blocked.concerns.retry).toMatchObject({ covered: 'none', why: 'no route takes the request' });
    } finally {
      await envoy.stop();
    }
  });

  it('says nothing of what Envoy refuses to show', async () => {
    const envoy = await startEnvoy(binary, exported(POLICY));
    try {
      const answers = ['/config_dump?resource=nonsense', '/config_dump?mask=nonsense', '/ready', '/quitquitquit'].map(
        async (path) => (await readAdmin(addressOf(envoy), path, { timeout: 15_000 })).noEvidence,
      );
      expect(await Promise.all(answers)).toEqual([
        'the admin answered 404',
        expect.any(String),
        'the answer is no JSON',
        'the admin answered 405',
      ]);
      expect(await envoy.admin('/ready')).toBe('LIVE\n');
    } finally {
      await envoy.stop();
    }
  });
});
