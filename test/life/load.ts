import { once } from 'node:events';
import type { Meshwise } from '../../src/index.ts';
import type { Owner } from '../../src/policy/conditions.ts';

/** One call of the load, as its caller and the events saw it. */
export interface LoadedCall {
  /** Counts up. */
  readonly number: number;
  /** Ends with `/` and the number: the upstream counts by it. */
  readonly path: string;
  readonly method: string;
  /** Milliseconds on the scale of `performance.now()`, as all times here. */
  readonly begunAt: number;
  endedAt: number | undefined;
  /** What the caller got: a status, or the code of the error. */
  outcome: number | string | undefined;
  /** Who owned each attempt of the process's. */
  readonly owners: Owner[];
  /** How each of them failed; `undefined` for a reply. */
  readonly errors: (string | undefined)[];
  /** When the last of them ended. */
  lastAttemptAt: number;
}

/** Calls that ended with an error. */
export function lost(calls: readonly LoadedCall[]): readonly LoadedCall[] {
  return calls.filter(({ outcome }) => typeof outcome === 'string');
}

export interface LoadOptions {
  readonly meshwise: Meshwise;
  /** Of the sidecar. */
  readonly origin: string;
  /** Milliseconds between two calls. */
  readonly every: number;
  /** What the paths begin with, where several loads share an upstream. Default: nothing. */
  readonly prefix?: string;
  /** Default: GET. */
  readonly methodOf?: (number: number) => 'GET' | 'POST';
}

/** Calls at a steady pace, whether or not earlier ones have been answered, until it is stopped. */
export class Load {
  readonly calls: LoadedCall[] = [];
  readonly #options: LoadOptions;
  readonly #byPath = new Map<string, LoadedCall>();
  readonly #progress = new EventTarget();
  readonly #timer: NodeJS.Timeout;
  readonly #deaf: () => void;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#deaf = options.meshwise.on('attempt', ({ url, owner, errorCode }) => {
      const call = this.#byPath.get(new URL(url).pathname);
      if (call === undefined) return;
      call.owners.push(owner);
      call.errors.push(errorCode);
      call.lastAttemptAt = performance.now();
      this.#progress.dispatchEvent(new Event('made'));
    });
    this.#timer = setInterval(() => void this.#call(), options.every);
  }

  /** `count` calls that begin after now, when those and all earlier ones have ended. */
  async next(count: number): Promise<readonly LoadedCall[]> {
    const from = this.calls.length;
    const to = from + count;
    await this.until(() => this.calls.length >= to && this.calls.slice(0, to).every(hasEnded));
    return this.calls.slice(from, to);
  }

  /** Waits until it is so, as seen whenever an attempt or a call has ended. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this.#progress, 'made');
  }

  /** No more calls; waits for those under way. */
  async stop(): Promise<readonly LoadedCall[]> {
    clearInterval(this.#timer);
    await this.until(() => this.calls.every(hasEnded));
    this.#deaf();
    return this.calls;
  }

  async #call(): Promise<void> {
    const { meshwise, origin, prefix = '', methodOf } = this.#options;
    const number = this.calls.length;
    const path = `${prefix}/${number}`;
    const method = methodOf?.(number) ?? 'GET';
    const begunAt = performance.now();
    const call: LoadedCall = {
      number,
      path,
      method,
      begunAt,
      endedAt: undefined,
      outcome: undefined,
      owners: [],
      errors: [],
      lastAttemptAt: begunAt,
    };
    this.calls.push(call);
    this.#byPath.set(path, call);
    call.outcome = await outcomeOf(
      meshwise.client('payments')(origin + path, { method, ...(method === 'POST' && { body: 'money' }) }),
    );
    call.endedAt = performance.now();
    this.#progress.dispatchEvent(new Event('made'));
  }
}

/** A status, or the code of the error. */
export async function outcomeOf(sent: Promise<Response>): Promise<number | string> {
  try {
    const response = await sent;
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    return codeOf(error);
  }
}

/** The code of an error or of what caused it: fetch wraps a socket's error. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown value';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

function hasEnded({ endedAt }: LoadedCall): boolean {
  return endedAt !== undefined;
}
