// A real upstream in a process of its own, which counts the sockets that are open to it. It answers over IPC.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BODY, headOf } from './paths.ts';

const SLOW = 2;

let open = 0;
let accepted = 0;

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://upstream').pathname;
  request.resume();
  if (path === '/hang') return;
  if (path === '/reset') {
    response.destroy();
    return;
  }
  const { status, headers } = headOf(path, request.headers['x-meshwise-attempt']?.toString());
  response.writeHead(status, Object.fromEntries(headers));
  if (path === '/stalled') response.write(BODY);
  else if (path === '/slow') setTimeout(() => response.end(BODY), SLOW);
  else response.end(BODY);
});
server.on('connection', (socket) => {
  open++;
  accepted++;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    open--;
  });
});
// fetch gives an idle connection up two seconds before the server would: this is what the test waits for at its end.
server.keepAliveTimeout = 3_500;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', () => process.send?.({ open, accepted }));
process.on('disconnect', () => process.exit());
