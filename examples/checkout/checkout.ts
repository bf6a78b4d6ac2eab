// The service that calls. Nothing in it depends on the mode.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMeshwise, explainPlan, MeshwiseError } from 'meshwise';

const paymentsUrl = process.env['PAYMENTS_URL'] ?? 'http://payments:8080';
const meshwise = createMeshwise({ file: new URL('meshwise.yaml', import.meta.url).pathname });
const payments = meshwise.client('payments');

// By meshwise's own events: how often this process sent each request.
const sent = new Map<string, number>();
meshwise.on('attempt', ({ url, attempt }) => sent.set(new URL(url).pathname, attempt));

const server = createServer(async ({ url = '' }, response) => {
  if (url === '/plan') {
    response.end(explainPlan(payments.plan(paymentsUrl)));
    return;
  }
  if (url === '/sent') {
    response.end(JSON.stringify(Object.fromEntries(sent)));
    return;
  }
  try {
    const charge = await payments(`${paymentsUrl}${url.replace('/orders/', '/charges/')}`);
    response.writeHead(charge.status).end(await charge.text());
  } catch (error) {
    const code = error instanceof MeshwiseError ? error.code : String(error);
    response.writeHead(502).end(code);
  }
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
