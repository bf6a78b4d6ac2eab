// The service that is called: what it answers depends on the path.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `/flaky`: 503, then 200, and so on; `/slow`: nothing; `/busy`: 200 a little later; anything else: 503. */
export async function startFlakyUpstream(): Promise<{ origin: string; stop(): void }> {
  let requests = 0;
  const server = createServer(({ url }, response) => {
    if (url === '/slow') return;
    if (url === '/busy') {
      setTimeout(() => response.end('busy, but here'), 100);
      return;
    }
    const isGood = url === '/flaky' && requests++ % 2 === 1;
    response.writeHead(isGood ? 200 : 503).end(isGood ? 'charged' : 'try again');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
