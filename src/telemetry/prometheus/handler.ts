import type { IncomingMessage, ServerResponse } from 'node:http';
import { addBackend } from '../metrics/current-recorder.ts';
import { readings } from '../metrics/readings.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { Registry } from './registry.ts';

/** Answers a scrape of node:http; `text()` and `contentType` are for every other server. */
export interface PrometheusHandler {
  (request: Pick<IncomingMessage, 'method'>, response: ServerResponse): void;
  /** For the response's `Content-Type`. */
  readonly contentType: string;
  /** The metrics as they are now. */
  text(): string;
}

let registry: Registry | undefined;

/**
 * meshwise's metrics in Prometheus' text format (0.0.4), without an OpenTelemetry SDK; beside one, both have the same
 * numbers. For the whole process, whichever clients there are; it counts from when the first handler is made, and costs
 * nothing until then. It answers any path: where it stands is its server's affair.
 *
 * @example
 * createServer(prometheusHandler()).listen(9464, '127.0.0.1');
 * app.get('/metrics', (request, reply) => reply.type(metrics.contentType).send(metrics.text()));
 */
export function prometheusHandler(): PrometheusHandler {
  const counted = theRegistry();
  const text = () => exposition(counted, readings());
  function handler({ method }: Pick<IncomingMessage, 'method'>, response: ServerResponse): void {
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const body = Buffer.from(text());
    response.writeHead(200, {
      'content-type': CONTENT_TYPE,
      'content-length': body.length,
      'cache-control': 'no-store',
    });
    // Of HEAD Node sends no body.
    response.end(body);
  }
  return Object.assign(handler, { contentType: CONTENT_TYPE, text });
}

function theRegistry(): Registry {
  if (registry !== undefined) return registry;
  registry = new Registry();
  addBackend(registry);
  return registry;
}
