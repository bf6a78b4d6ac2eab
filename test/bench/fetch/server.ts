// Answers every request with a small body, in a process of its own: `node server.ts` prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const BODY = Buffer.from(JSON.stringify({ id: 42, name: 'a small answer', tags: ['a', 'b', 'c'] }));

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length });
  response.end(BODY);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
// Its parent may have been killed.
process.stdin.resume().once('end', () => process.exit());
