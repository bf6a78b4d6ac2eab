// The service that a customer calls. It asks orders.
import { createMeshwise } from 'meshwise';
import { serveTraced } from './traced-server.ts';

const ordersUrl = process.env['ORDERS_URL'] ?? 'http://orders:8080';
const meshwise = createMeshwise({ file: new URL('shop.yaml', import.meta.url).pathname });
const orders = meshwise.client('orders');

serveTraced(async (path) => {
  const order = await orders(`${ordersUrl}${path.replace('/checkout/', '/orders/')}`);
  return { status: order.status, text: await order.text() };
});
