// What an instrumentation of node:http would do for a service: the SDK, and a SERVER span around each request.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Attributes, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Serves on a free port of 127.0.0.1 and tells the parent process which. OTEL_SERVICE_NAME and
 * OTEL_EXPORTER_OTLP_ENDPOINT say who makes the spans and where they go. When the parent disconnects, what spans are
 * left are sent, and the process ends.
 */
export function serveTraced(answer: (path: string, headers: IncomingHttpHeaders) => Promise<Answer>): void {
  const sdk = new NodeSDK();
  sdk.start();
  const tracer = trace.getTracer('traced-server');

  const server = createServer(({ method = 'GET', url = '/', headers }, response) => {
    const attributes: Attributes = { 'http.request.method': method, 'url.path': url, 'url.scheme': 'http' };
    // How often the sidecar has sent this call: each try of its is a request of its own here.
    const attempt = headers['x-envoy-attempt-count'];
    if (typeof attempt === 'string') attributes['http.request.header.x-envoy-attempt-count'] = [attempt];
    const parent = propagation.extract(context.active(), headers);
    tracer.startActiveSpan(method, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
      const { status, text } = await answer(url, headers).catch((error) => ({ status: 500, text: String(error) }));
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    });
  });

  const end = async () => {
    await sdk.shutdown();
    process.exit();
  };
  process.on('disconnect', end);
  // Ctrl-C reaches every process of the terminal: the parent ends the others in order.
  process.on('SIGINT', () => {});
  // Disconnected while this module was being loaded.
  if (process.connected === false) void end();
  server.listen(0, '127.0.0.1', () => {
    // With a callback a parent that has just gone is no error here.
    process.send?.({ port: (server.address() as AddressInfo).port }, () => {});
  });
}
