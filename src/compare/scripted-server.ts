import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, fateOf } from './fault.ts';
import { TIMELINE_SLOT } from './open-loop.ts';

/** The request header that carries the number of the call. Requests without it are warm-up: answered, not counted. */
export const CALL_HEADER = 'x-call';

/** What an upstream saw of the calls. */
export interface UpstreamCounts {
  readonly attempts: number;
  /** How many calls arrived how often: `[0]` is always 0, `[3]` is the number of calls with three attempts. */
  readonly callsByAttempts: number[];
  /** Attempts by the slot of 100 ms in which they arrived. */
  readonly timeline: number[];
  readonly connections: number;
}

const BODY = JSON.stringify({ padding: 'x'.repeat(1000) });
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length };

/**
 * An upstream that misbehaves by script. It numbers the attempts of a call itself, so that retries are seen whichever
 * layer makes them.
 */
export class ScriptedServer {
  readonly #fault: Fault;
  readonly #seed: number;
  readonly #server: Server;
  readonly #attemptsByCall = new Map<number, number>();
  readonly #timeline: number[] = [];
  #connections = 0;
  #beganAt = performance.now();

  constructor(fault: Fault, seed: number) {
    this.#fault = fault;
    this.#seed = seed;
    this.#server = createServer(this.#answer);
    // Never the first to close a connection: a request that crosses with the close would fail without having been asked to.
    this.#server.keepAliveTimeout = 120_000;
    this.#server.on('connection', () => {
      this.#connections += 1;
    });
  }

  /** Listens on a free port of the loopback interface, and returns it. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', 2048, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** From here on time counts; `at` is on the scale of `performance.now()`. */
  begin(at: number): void {
    this.#beganAt = at;
    this.#connections = 0;
  }

  counts(): UpstreamCounts {
    const callsByAttempts = [0];
    let attempts = 0;
    for (const count of this.#attemptsByCall.values()) {
      while (callsByAttempts.length <= count) callsByAttempts.push(0);
      callsByAttempts[count] = (callsByAttempts[count] ?? 0) + 1;
      attempts += count;
    }
    const timeline = Array.from(this.#timeline, (count) => count ?? 0);
    return { attempts, callsByAttempts, timeline, connections: this.#connections };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  readonly #answer: RequestListener = (request, response) => {
    request.resume();
    const header = request.headers[CALL_HEADER];
    if (header === undefined) {
      response.writeHead(200, HEADERS).end(BODY);
      return;
    }
    const call = Number(header);
    const attempt = (this.#attemptsByCall.get(call) ?? 0) + 1;
    this.#attemptsByCall.set(call, attempt);
    const elapsed = performance.now() - this.#beganAt;
    const slot = Math.max(0, Math.floor(elapsed / TIMELINE_SLOT));
    this.#timeline[slot] = (this.#timeline[slot] ?? 0) + 1;
    const fate = fateOf(this.#fault, this.#seed, call, attempt, elapsed);
    if (fate === 'never-answer') return;
    if (fate === 'answer') {
      response.writeHead(200, HEADERS).end(BODY);
      return;
    }
    // Without a body: Envoy 1.40 (run) retries as soon as it has the headers, and then closes the connection of a
    // response whose body it has not read. Thousands of new connections would be all that a short run measures.
    response.writeHead(fate.status, { 'content-length': 0 }).end();
  };
}
