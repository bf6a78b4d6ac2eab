import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdminAddress, adminAddress } from '../../../../src/meshes/envoy/admin/admin-address.ts';

/** The parts of an admin's dump, by the name of the resource; a part that is missing is empty, as in Envoy. */
export interface AdminParts {
  readonly static_listeners?: unknown;
  readonly dynamic_listeners?: unknown;
  readonly dynamic_route_configs?: unknown;
  readonly static_clusters?: unknown;
  readonly dynamic_active_clusters?: unknown;
  /** How many hosts `/clusters` tells of each cluster. */
  readonly hosts?: Readonly<Record<string, number>>;
}

export interface FakeAdmin {
  readonly address: AdminAddress;
  /** Path and query of every request, in order. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export const SERVER_INFO = {
  version: '9e55809/1.40.0/Clean/RELEASE/BoringSSL',
  state: 'LIVE',
  node: { id: 'sidecar~shop', cluster: 'shop', metadata: { password: 'hunter2' } },
};

/** An admin that gives what a real one gave. It leaves the selection by name to the reader, as an old Envoy might. */
export function startFakeAdmin(parts: AdminParts): Promise<FakeAdmin> {
  return startServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://admin');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(url, parts)));
  });
}

function answer({ pathname, searchParams }: URL, parts: AdminParts): unknown {
  if (pathname === '/server_info') return SERVER_INFO;
  if (pathname === '/config_dump') return parts[searchParams.get('resource') as keyof AdminParts] ?? {};
  if (pathname === '/clusters') {
    const statuses = Object.entries(parts.hosts ?? {}).map(([name, hosts]) => ({
      name,
      host_statuses: Array.from({ length: hosts }, () => ({ address: {}, stats: [], weight: 1 })),
    }));
    return { cluster_statuses: statuses };
  }
  return {};
}

/** Any server on a free port of this host. */
export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeAdmin> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = adminAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if ('noEvidence' in address) throw new Error(address.noEvidence);
  return {
    address,
    requests,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
