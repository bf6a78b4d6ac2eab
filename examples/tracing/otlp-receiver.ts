// A collector that keeps what it is sent: OTLP over HTTP, POST /v1/traces.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ReceivedSpan, spansOf } from './otlp-spans.ts';

export interface OtlpReceiver {
  readonly host: string;
  readonly port: number;
  /** In the order of their arrival. */
  readonly spans: readonly ReceivedSpan[];
  /**
   * Resolves as soon as what has arrived is enough.
   *
   * @throws Error after 15 s, with what there is; the signal's reason when it is aborted.
   */
  until(enough: (spans: readonly ReceivedSpan[]) => boolean, signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Whoever exports in batches has sent them by then. */
const PATIENCE = 15_000;

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    try {
      if (request.method !== 'POST' || request.url !== '/v1/traces') return void response.writeHead(404).end();
      spans.push(...spansOf(await buffer(request)));
      // An empty message: everything was taken.
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      for (const look of waiting) look();
    } catch {
      response.writeHead(400).end();
    }
  });
  const host = '127.0.0.1';
  server.listen(0, host);
  await once(server, 'listening');
  return {
    host,
    port: (server.address() as AddressInfo).port,
    spans,
    async until(enough, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (enough(spans)) resolve();
      };
      const abort = () => reject(signal?.reason);
      const timer = setTimeout(() => {
        const seen = spans.map(({ service, kind, name }) => `${service} ${kind} ${name}`).join('\n  ');
        reject(new Error(`not all spans arrived within ${PATIENCE} ms, but:\n  ${seen}`));
      }, PATIENCE);
      waiting.add(look);
      signal?.addEventListener('abort', abort);
      try {
        signal?.throwIfAborted();
        look();
        await promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(look);
        signal?.removeEventListener('abort', abort);
      }
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
