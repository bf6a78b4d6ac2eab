import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { adminAddress } from '../../../../src/meshes/envoy/admin/admin-address.ts';
import { AdminReader } from '../../../../src/meshes/envoy/admin/admin-reader.ts';
import { coverageOf } from '../../../../src/meshes/envoy/admin/coverage.ts';
import { policyOf, RETRY } from '../../../envoy/policy-fixture.ts';
import { dumpOf, NO_LIMITS } from './a-sidecar.ts';
import { SERVER_INFO } from './fake-admin.ts';

/** In a thread of its own: what it does must not count as ours. Printed as Envoy prints it. */
const SERVER = `
  const { workerData: { hosts, routes, parts }, parentPort } = require('node:worker_threads');
  const host = (n) => ({
    name: 'svc-' + n + '.default.svc.cluster.local:8080',
    domains: ['svc-' + n, 'svc-' + n + '.default', 'svc-' + n + '.default.svc', 'svc-' + n + '.default.svc.cluster.local'],
    routes: Array.from({ length: routes }, (_, r) => ({ ...parts.route, name: 'route-' + r })),
  });
  const rds = parts.routeConfigs.configs[0].route_config;
  rds.virtual_hosts = Array.from({ length: hosts }, (_, n) => host(n));
  const clusters = { cluster_statuses: Array.from({ length: hosts }, (_, n) => ({
    name: 'payments' + (n === 0 ? '' : n), host_statuses: Array.from({ length: 2 }, () => ({ stats: Array(9).fill({ name: 'rq_total' }) })),
  })) };
  const print = (value) => Buffer.from(JSON.stringify(value, undefined, 1));
  const answers = {
    '/server_info': print(parts.info), static_listeners: print({}), dynamic_listeners: print(parts.listeners),
    dynamic_route_configs: print(parts.routeConfigs), static_clusters: print({}), dynamic_active_clusters: print(parts.clusters),
    '/clusters': print(clusters),
  };
  const server = require('node:http').createServer((request, response) => {
    const url = new URL(request.url, 'http://admin');
    const body = answers[url.searchParams.get('resource')] ?? answers[url.pathname] ?? '{}';
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port, bytes: answers.dynamic_route_configs.length }));
`;

const retry_policy = {
  retry_on: 'connect-failure,reset,gateway-error',
  num_retries: 2,
  retry_host_predicate: [{ name: 'x' }],
};
const route = {
  match: { prefix: '/' },
  decorator: { operation: 'svc.default.svc.cluster.local:8080/*' },
  metadata: {
    filter_metadata: { istio: { config: '/apis/networking.istio.io/v1/namespaces/default/virtual-service/x' } },
  },
  route: { cluster: 'payments', timeout: '2s', max_grpc_timeout: '2s', retry_policy },
};

it.for<{ readonly hosts: number; readonly routes: number }>([
  { hosts: 2_000, routes: 1 },
  { hosts: 2_000, routes: 12 },
])(
  'reads $hosts hosts of $routes routes without blocking',
  { timeout: 60_000 },
  async ({ hosts, routes }, { annotate }) => {
    const lockDirectory = await mkdtemp(join(tmpdir(), 'meshwise-lock-'));
    const parts = {
      info: SERVER_INFO,
      route,
      ...dumpOf({ routes: [], rds: true, clusters: { payments: { circuit_breakers: NO_LIMITS } } }),
    };
    const worker = new Worker(SERVER, { eval: true, workerData: { hosts, routes, parts } });
    try {
      const [{ port, bytes }] = (await once(worker, 'message')) as [{ port: number; bytes: number }];
      const address = adminAddress(`http://127.0.0.1:${port}`);
      if ('noEvidence' in address) throw new Error(address.noEvidence);
      const reader = new AdminReader({ address, maxDelay: 0, lockDirectory, limits: { timeout: 30_000 } });
      const url = new URL('http://svc-77.default:8080');

      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const before = performance.eventLoopUtilization();
      const evidence = await reader.read([url]);
      const { active } = performance.eventLoopUtilization(before);
      delay.disable();

      if (evidence.noEvidence !== undefined) throw new Error(evidence.noEvidence);
      const { retry } = coverageOf(evidence.facts, {
        policy: policyOf({ upstream: 'payments', retry: RETRY }),
        url,
      }).concerns;
      expect(retry.covered).toBe('all');
      expect(evidence.facts.routeConfigs.get('8080')?.virtualHosts).toHaveLength(1);
      expect(evidence.facts.clusters.get('payments')?.hosts).toBe(2);
      await annotate(
        `${(bytes / 1e6).toFixed(1)} MB of routes: loop busy for ${active.toFixed(0)} ms, longest piece ${(delay.max / 1e6).toFixed(1)} ms`,
      );
      // The aims are 300 ms and 20 ms; a loaded machine must not turn them red.
      expect(active).toBeLessThan(10_000);
      expect(delay.max / 1e6).toBeLessThan(5_000);
    } finally {
      await worker.terminate();
      await rm(lockDirectory, { recursive: true });
    }
  },
);
