import { request } from 'node:http';
import type { Answer, Question } from '../../meshes/signs.ts';

/** An Envoy's `/server_info` has 120 kB (1.40, run). */
const MOST_BYTES = 512 * 1024;
/** Milliseconds for a whole answer. Loopback answers within one, unless the proxy is busy. */
const TIMEOUT = 1_000;

export interface AskOptions {
  /** Does not keep the process alive. Default: false. */
  readonly background?: boolean;
  /** Milliseconds. Default: 1000. */
  readonly timeout?: number;
  readonly maxBytes?: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Asks a port of 127.0.0.1, by GET only. Never rejects; `undefined` when nothing answers completely and in time.
 * Without the agent: nothing is kept open, and the global one may be somebody's proxy.
 */
export function ask(
  { port, path }: Question,
  signal: AbortSignal,
  { background = false, timeout = TIMEOUT, maxBytes = MOST_BYTES, headers }: AskOptions = {},
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      signal,
      headers: { host: 'localhost', ...headers },
    });
    const nothing = () => {
      resolve(undefined);
      sent.destroy();
    };
    // Not AbortSignal.any: what it makes stays with a signal that lives as long as the looking does.
    const timer = setTimeout(nothing, timeout);
    if (background) {
      timer.unref();
      sent.once('socket', (socket) => socket.unref());
    }
    sent.once('close', () => clearTimeout(timer));
    sent.on('error', nothing);
    sent.once('upgrade', nothing);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', nothing);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBytes) nothing();
      });
      response.on('end', () => {
        if (!response.complete) return nothing();
        resolve({
          status: response.statusCode ?? 0,
          server: lowerCase(response.headers['server']),
          poweredBy: lowerCase(response.headers['x-powered-by']),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
      response.on('close', nothing);
    });
    sent.end();
  });
}

function lowerCase(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? (value[0] ?? '') : (value ?? '')).toLowerCase();
}
