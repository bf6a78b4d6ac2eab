// meshwise's metrics through OpenTelemetry's SDK and its Prometheus exporter: node examples/prometheus/run.ts
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { createMeshwise } from 'meshwise';

const CALLS = 20;

// Registered before or after the first call: meshwise finds it. Without these options the exporter listens by itself, on
// port 9464; here on any free one, so that the example runs anywhere.
const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true, withoutTargetInfo: true });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
const scraped = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));

// The upstream: every third request fails.
let requests = 0;
const upstream = createServer((_request, response) => {
  response.writeHead(++requests % 3 === 0 ? 503 : 200).end();
});

for (const server of [scraped, upstream]) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}
const urlOf = (server: typeof upstream) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const meshwise = createMeshwise({
  upstreams: { payments: { retry: { limit: 2, backoff: { base: 5, max: 10 } }, concurrency: { limit: 8 } } },
});
const payments = meshwise.client('payments');
for (let call = 0; call < CALLS; call++) await (await payments(`${urlOf(upstream)}/charges/${call}`)).text();

// What Prometheus would see, without the buckets.
const page = await (await fetch(`${urlOf(scraped)}/metrics`)).text();
const lines = page.split('\n').filter((line) => /^(meshwise|http_client)_/.test(line) && !line.includes('_bucket{'));
console.log(lines.join('\n'));

await meshwise.close();
for (const server of [scraped, upstream]) {
  server.close();
  server.closeAllConnections();
}
