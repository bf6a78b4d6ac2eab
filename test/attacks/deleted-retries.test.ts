import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { expectWritten } from './written-worst.ts';

/*
 * The attack: somebody edits the rule in the mesh and leaves its mark. A mark proves which rule a call took, and not
 * what has become of that rule.
 */

const SETTINGS = {
  timeout: '10s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
} as const satisfies PolicySettings;

interface Route {
  readonly name: string;
  readonly route: { retry_policy?: { num_retries: number } };
}

describeWithEnvoy('a rule that was edited under its mark', (binary) => {
  let upstream: ScriptedUpstream;
  let deleted: RunningEnvoy;
  let raised: RunningEnvoy;
  const folder = mkdtempSync(join(tmpdir(), 'meshwise-deleted-'));
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    [deleted, raised] = await Promise.all([
      startEnvoy(
        binary,
        edited(({ route }) => delete route.retry_policy),
      ),
      startEnvoy(
        binary,
        edited(({ route }) => Object.assign(route.retry_policy ?? {}, { num_retries: 20 })),
      ),
    ]);
  });
  afterAll(async () => {
    await Promise.all([deleted?.stop(), raised?.stop()]);
    await upstream?.stop();
    rmSync(folder, { recursive: true });
  });

  function edited(edit: (route: Route) => unknown) {
    const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    const bootstrap = structuredClone(envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] }));
    const [listener] = bootstrap.static_resources.listeners as unknown as readonly {
      filter_chains: { filters: { typed_config: { route_config: { virtual_hosts: { routes: Route[] }[] } } }[] }[];
    }[];
    const routes = listener?.filter_chains[0]?.filters[0]?.typed_config.route_config.virtual_hosts[0]?.routes ?? [];
    const ours = routes.filter(({ name }) => name.startsWith('meshwise-sidecar'));
    if (ours.length !== 2) throw new Error('the export has two rules that retry');
    for (const route of ours) edit(route);
    return bootstrap;
  }

  function originOf({ listeners }: RunningEnvoy): string {
    return `http://127.0.0.1:${listeners.get('payments')}`;
  }

  /** Requests of a call that fails, after the rule was proven. */
  async function requestsThrough(envoy: RunningEnvoy, method: string): Promise<number> {
    const client = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: SETTINGS } }).client('payments');
    await (await client(originOf(envoy) + upstream.script(200).path)).text();
    const { path, requests } = upstream.script(503);
    await (await client(originOf(envoy) + path, { method })).text();
    return requests.length;
  }

  it('without its retries: the call has none', async () => {
    const attempts = await requestsThrough(deleted, 'GET');
    expect(attempts).toBe(1);
    expectWritten(`Deleted: ${attempts} attempt instead of 3`);
  });

  it('with more of them: the call has so many, and a method that may not be repeated none', async () => {
    const attempts = await requestsThrough(raised, 'GET');
    expect(attempts).toBe(21);
    expect(await requestsThrough(raised, 'POST')).toBe(1);
    expectWritten(`Raised to 20: ${attempts}`);
  });

  it('is found by the doctor', async () => {
    const file = join(folder, 'meshwise.yaml');
    const upstreams = { payments: { ...SETTINGS, match: [originOf(deleted)] } };
    writeFileSync(file, JSON.stringify({ mode: 'auto', upstreams }));
    const out = new PassThrough();
    const printed = text(out);
    const env = { MESHWISE_ENVOY_ADMIN: deleted.adminUrl };
    const code = await doctorCommand(['--config', file], { stdout: out, stderr: out, env });
    out.end();
    expect(await printed).toContain('retry is left to the sidecar, and a route does not retry');
    expect(code).toBe(1);
  });
});
