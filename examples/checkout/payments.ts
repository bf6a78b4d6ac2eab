// The service that is called. It answers the first two attempts at every charge with 503, so that somebody has to retry.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const attempts = new Map<string, number>();

const server = createServer(({ url = '' }, response) => {
  if (url === '/attempts') {
    response.end(JSON.stringify(Object.fromEntries(attempts)));
    return;
  }
  const attempt = (attempts.get(url) ?? 0) + 1;
  attempts.set(url, attempt);
  response.writeHead(attempt <= 2 ? 503 : 200, { 'content-type': 'text/plain' });
  response.end(attempt <= 2 ? 'try again' : 'charged');
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
