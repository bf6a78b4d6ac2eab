import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * A whole response; the connection reset instead of one, or in the middle of its body; no response at all (`hold`);
 * or its first bytes and no more (`stall`).
 */
export type Answer =
  | { readonly status: number }
  | { readonly stall: number }
  | 'reset before headers'
  | 'reset in the body'
  | 'hold';

export interface ReceivedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One path of the upstream, for one call. */
export interface Channel {
  readonly path: string;
  /** Those that came with their whole body, in the order of their arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** Calls back for each request with its whole body, before it is answered; `place` is counted from 1. */
  onRequest(listener: (place: number, answer: Answer) => void): void;
  /** All responses have ended, also those that were held: their connections have been closed by the client. */
  ended(): Promise<void>;
}

export const COMPLETE = 'the whole response';

class CallChannel implements Channel {
  readonly path: string;
  readonly requests: ReceivedRequest[] = [];
  readonly #answers: readonly Answer[];
  readonly #ends: Promise<unknown>[] = [];
  #listener: (place: number, answer: Answer) => void = () => {};

  constructor(path: string, answers: readonly Answer[]) {
    this.path = path;
    this.#answers = answers;
  }

  onRequest(listener: (place: number, answer: Answer) => void): void {
    this.#listener = listener;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#ends.push(once(response, 'close'));
    const { method = '', headers } = request;
    const body = await buffer(request).catch(() => undefined);
    // Given up while it was being sent.
    if (body === undefined) return;
    const place = this.requests.push({ method, headers, body });
    const answer = this.#answers[Math.min(place, this.#answers.length) - 1] ?? { status: 200 };
    give(answer, request.socket, response);
    this.#listener(place, answer);
  }
}

export class RecordingUpstream {
  readonly #channels = new Map<string, CallChannel>();
  // No time limit of the server's may close a connection that a client is about to use.
  readonly #server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => {
      const channel = this.#channels.get(request.url ?? '');
      if (channel === undefined) response.writeHead(404).end();
      else void channel.serve(request, response);
    },
  );

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /**
   * Where nobody takes the connection: the port that is ours, at the other loopback address. A port that was free a
   * moment ago would soon be another's, and may even connect to itself.
   */
  get refusingOrigin(): string {
    return `http://[::1]:${this.#port}`;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The answers in order, the last one again for ever. */
  channel(answers: readonly Answer[]): Channel {
    const path = `/call-${this.#channels.size}`;
    const channel = new CallChannel(path, answers);
    this.#channels.set(path, channel);
    return channel;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function give(answer: Answer, socket: Socket, response: ServerResponse): void {
  if (answer === 'hold') return;
  if (answer === 'reset before headers') return void socket.resetAndDestroy();
  if (answer === 'reset in the body') {
    response.writeHead(200, { 'content-length': '100' });
    return void response.write('a part', () => socket.resetAndDestroy());
  }
  if ('stall' in answer) {
    response.writeHead(answer.stall, { 'content-length': '100' });
    return void response.write('a part');
  }
  response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(COMPLETE);
}
