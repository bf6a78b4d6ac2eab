// The service in the middle. It asks payments, through its sidecar; nothing in it depends on the mode.
import { createMeshwise } from 'meshwise';
import { serveTraced } from './traced-server.ts';

const paymentsUrl = process.env['PAYMENTS_URL'] ?? 'http://payments:8080';
const meshwise = createMeshwise({ file: new URL('orders.yaml', import.meta.url).pathname });
const payments = meshwise.client('payments');

serveTraced(async (path) => {
  const charge = await payments(`${paymentsUrl}${path.replace('/orders/', '/charges/')}`);
  return { status: charge.status, text: await charge.text() };
});
