import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Fault } from '../../scenario/fault.ts';
import type { UpstreamShape } from '../../scenario/scenario.ts';
import { CALL_HEADER } from '../call-header.ts';
import { sharedNow } from '../shared-clock.ts';
import { AttemptBook, type Deadlines, type SeenAttempts } from './attempt-book.ts';
import { type AttemptFault, fateOf, isDuring } from './fate.ts';
import { Host } from './host.ts';
import { WorkQueue } from './work-queue.ts';

export interface UpstreamPlan {
  readonly shape: UpstreamShape;
  readonly faults: readonly Fault[];
  readonly seed: number;
}

/** Between headers and reset: so long that the caller has them. */
const HEADERS_ARRIVE = 10;

/** An upstream of one or more hosts that misbehaves by script. */
export class Upstream {
  readonly #plan: UpstreamPlan;
  readonly #hosts: readonly Host[];
  readonly #book: AttemptBook;
  readonly #body: string;
  readonly #timers = new Set<NodeJS.Timeout>();
  #beganAt = Number.POSITIVE_INFINITY;

  constructor(plan: UpstreamPlan) {
    this.#plan = plan;
    const { hosts, body } = plan.shape;
    this.#body = 'x'.repeat(body);
    this.#book = new AttemptBook(hosts);
    this.#hosts = Array.from({ length: hosts }, (_, index) => new Host(this.#answerOf(index + 1)));
  }

  /** Returns the ports of its hosts. */
  listen(): Promise<number[]> {
    const lasting = this.#plan.faults.some(({ kind }) => kind === 'refuse');
    return Promise.all(this.#hosts.map((host) => host.listen({ lasting })));
  }

  /** From here on time counts; `at` is on the shared clock. */
  begin(at: number): void {
    this.#beganAt = at;
    for (const [index, host] of this.#hosts.entries()) {
      host.forgetConnections();
      for (const { when } of this.#refusalsOf(index + 1)) {
        // From the beginning on is before the first call.
        if (when.from === 0) host.leave();
        else this.#at(when.from, () => host.leave());
        if (when.to !== undefined) this.#at(when.to, () => void host.comeBack());
      }
    }
  }

  get connections(): number {
    return this.#hosts.reduce((sum, host) => sum + host.connections, 0);
  }

  seen(deadlines: Deadlines): SeenAttempts {
    return this.#book.seen(deadlines);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const host of this.#hosts) host.close();
  }

  #refusalsOf(host: number): readonly Fault[] {
    return this.#plan.faults.filter(({ kind, when }) => kind === 'refuse' && (when.host ?? host) === host);
  }

  #answerOf(host: number): RequestListener {
    const { shape, faults, seed } = this.#plan;
    const queue = new WorkQueue({ ...shape, faults, host });
    const refusals = this.#refusalsOf(host);
    return (request, response) => {
      request.resume();
      const header = request.headers[CALL_HEADER];
      if (header === undefined) {
        this.#good(response);
        return;
      }
      const call = Number(header);
      const elapsed = sharedNow() - this.#beganAt;
      if (refusals.some(({ when }) => isDuring(when, elapsed))) {
        // It came through a door that a late timer has not closed yet.
        request.socket.resetAndDestroy();
        return;
      }
      const attempt = this.#book.arrived(call, host, elapsed);
      const fault = fateOf(faults, seed, { call, attempt, elapsed, host });
      switch (fault?.kind) {
        case 'hang':
          return;
        case 'status':
          this.#refuse(response, fault, call, elapsed);
          return;
        case 'reset-before-headers':
          request.once('end', () => request.socket.resetAndDestroy());
          return;
        default:
          // These work before they answer, and so they wait for their turn.
          this.#at(queue.servedAt(elapsed) + (fault?.kind === 'delay' ? fault.ms : 0), () =>
            this.#served(request, response, fault),
          );
      }
    };
  }

  #served(request: IncomingMessage, response: ServerResponse, fault: AttemptFault | undefined): void {
    switch (fault?.kind) {
      case 'reset-after-headers':
        response.writeHead(200, this.#headers(1)).flushHeaders();
        this.#later(HEADERS_ARRIVE, () => request.socket.resetAndDestroy());
        return;
      case 'half-body':
        response.writeHead(200, this.#headers(2));
        response.write('x'.repeat(Math.max(1, Math.floor(this.#body.length / 2))));
        request.socket.end();
        return;
      default:
        this.#good(response);
    }
  }

  #good(response: ServerResponse): void {
    response.writeHead(200, this.#headers(0)).end(this.#body);
  }

  #headers(leastBody: number): Record<string, string | number> {
    return { 'content-type': 'text/plain', 'content-length': Math.max(leastBody, this.#body.length) };
  }

  /** At once, as by what stands before the work and sheds it. */
  #refuse(
    response: ServerResponse,
    { status, retryAfter }: Extract<AttemptFault, { readonly kind: 'status' }>,
    call: number,
    elapsed: number,
  ): void {
    if (retryAfter !== undefined) this.#book.told(call, elapsed + retryAfter * 1000);
    const told = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    // Without a body: Envoy 1.40 (run) retries as soon as it has the headers, and then closes the connection of a
    // response whose body it has not read. Thousands of new connections would be all that a short run measures.
    response.writeHead(status, { 'content-length': 0, ...told }).end();
  }

  /** At a time of the cell, at once if that has been. */
  #at(elapsed: number, act: () => void): void {
    const wait = this.#beganAt + elapsed - sharedNow();
    if (wait <= 0) act();
    else this.#later(wait, act);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
