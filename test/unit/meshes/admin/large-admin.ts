import { once } from 'node:events';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { type AdminAddress, adminAddress } from '../../../../src/meshes/envoy/admin/admin-address.ts';
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

export interface LargeAdmin {
  readonly address: AdminAddress;
  /** Of the routes alone. */
  readonly bytes: number;
  stop(): Promise<void>;
}

export async function startLargeAdmin(hosts: number, routes: number): Promise<LargeAdmin> {
  const parts = {
    info: SERVER_INFO,
    route,
    ...dumpOf({ routes: [], rds: true, clusters: { payments: { circuit_breakers: NO_LIMITS } } }),
  };
  const worker = new Worker(SERVER, { eval: true, workerData: { hosts, routes, parts } });
  const [{ port, bytes }] = (await once(worker, 'message')) as [{ port: number; bytes: number }];
  const address = adminAddress(`http://127.0.0.1:${port}`);
  if ('noEvidence' in address) throw new Error(address.noEvidence);
  return {
    address,
    bytes,
    stop: async () => {
      await worker.terminate();
    },
  };
}

/** How long our event loop is busy with it, and the longest time in one piece; milliseconds. */
export async function busyWith<T>(work: () => Promise<T>): Promise<{ result: T; busy: number; longest: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = performance.eventLoopUtilization();
  const result = await work();
  const { active } = performance.eventLoopUtilization(before);
  delay.disable();
  return { result, busy: active, longest: delay.max / 1e6 };
}
