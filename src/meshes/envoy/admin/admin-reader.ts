import { type Clock, type Random, systemClock, type Timer } from '../../../call/clock.ts';
import type { AdminAddress } from './admin-address.ts';
import type { EnvoyFacts } from './facts.ts';
import { type Origin, originOf } from './origin.ts';
import { type ReadAdminOptions, readAdmin } from './read-admin.ts';
import { readFacts } from './read-facts.ts';
import { lockReader } from './reader-lock.ts';
import { type ServerInfo, serverInfo } from './server-info.ts';

/** What an Envoy admin showed. Frozen. */
export interface EnvoyEvidence {
  readonly server: ServerInfo;
  readonly facts: EnvoyFacts;
  /** On the clock's monotonic scale. */
  readonly readAt: number;
  readonly noEvidence?: undefined;
}

/** The admin showed nothing that could be understood; why, in words that quote nothing of it. */
export interface NoEvidence {
  readonly noEvidence: string;
}

export interface AdminReaderOptions {
  readonly address: AdminAddress;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Milliseconds; each reading waits for a random part of it. Default: 10 s. A command that is run once takes 0. */
  readonly maxDelay?: number;
  /** Told once for each new reason. */
  readonly onNoEvidence?: (reason: string) => void;
  /** Where the lock of the one reader lies. Default: the directory for temporary files. */
  readonly lockDirectory?: string;
  /** Limits of one answer, for tests. */
  readonly limits?: Pick<ReadAdminOptions, 'timeout' | 'maxBytes'>;
}

/** A dump blocks the proxy's main thread: 268 ms with 2,000 clusters (Envoy 1.40, run). */
const INTERVAL = 600_000;
const MAX_DELAY = 10_000;
/** Origins that are remembered for the next reading. */
const MOST_ORIGINS = 100;

/**
 * Reads an Envoy admin rarely: at most once in ten minutes, after a random delay, and only while no other process of
 * the pod does. Never rejects; whatever is not understood is no evidence.
 */
export class AdminReader {
  readonly #options: AdminReaderOptions;
  readonly #clock: Clock;
  readonly #wanted = new Map<string, Origin>();
  readonly #said = new Set<string>();
  readonly #closing = new AbortController();
  #reading: Promise<EnvoyEvidence | NoEvidence> | undefined;
  #last:
    | { readonly at: number; readonly origins: ReadonlySet<string>; readonly result: EnvoyEvidence | NoEvidence }
    | undefined;
  #delay: { readonly timer: Timer; readonly done: () => void } | undefined;

  constructor(options: AdminReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * What the sidecar does for the origins of these URLs. Within ten minutes of a reading it is the same evidence again;
   * an origin that is new then is read with the next one.
   */
  async read(urls: readonly URL[]): Promise<EnvoyEvidence | NoEvidence> {
    const asked = urls.map((url) => url.origin);
    for (const url of urls) if (this.#wanted.size < MOST_ORIGINS) this.#wanted.set(url.origin, originOf(url));
    if (this.#closing.signal.aborted) return CLOSED;
    if (this.#reading === undefined && this.#isDue()) {
      this.#reading = this.#readSoon().finally(() => {
        this.#reading = undefined;
      });
    }
    const result = (await this.#reading) ?? this.#last?.result ?? CLOSED;
    if (result.noEvidence !== undefined) return result;
    const isRead = asked.every((origin) => this.#last?.origins.has(origin) === true);
    return isRead ? result : NOT_READ_YET;
  }

  /** Gives up what is under way; nothing is read afterwards. */
  close(): void {
    this.#closing.abort();
    if (this.#delay === undefined) return;
    this.#clock.clearTimer(this.#delay.timer);
    this.#delay.done();
  }

  #isDue(): boolean {
    return this.#last === undefined || this.#clock.now() - this.#last.at >= INTERVAL;
  }

  async #readSoon(): Promise<EnvoyEvidence | NoEvidence> {
    await this.#wait();
    if (this.#closing.signal.aborted) return CLOSED;
    const { address, lockDirectory: directory } = this.#options;
    const release = await lockReader(address, directory === undefined ? {} : { directory });
    // Nothing was read, so the next one to ask may try again.
    if (release === undefined) return this.#tell(OTHER_READER);
    try {
      const origins = new Map(this.#wanted);
      const at = this.#clock.now();
      const result = await this.#readNow([...origins.values()]);
      if (this.#closing.signal.aborted) return CLOSED;
      this.#last = { at, origins: new Set(origins.keys()), result };
      return this.#tell(result);
    } finally {
      await release();
    }
  }

  async #readNow(origins: readonly Origin[]): Promise<EnvoyEvidence | NoEvidence> {
    const { address, limits = {} } = this.#options;
    const options: ReadAdminOptions = { ...limits, signal: this.#closing.signal };
    const answer = await readAdmin(address, '/server_info', options);
    if (answer.noEvidence !== undefined) return answer;
    const server = serverInfo(answer.json);
    if ('noEvidence' in server) return server;
    const facts = await readFacts(address, origins, options);
    if ('noEvidence' in facts) return facts;
    return Object.freeze({ server, facts, readAt: this.#clock.now() });
  }

  /** No timer keeps a process alive for the sake of evidence. */
  #wait(): Promise<void> {
    const { random = Math.random, maxDelay = MAX_DELAY } = this.#options;
    if (maxDelay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#delay = undefined;
        resolve();
      };
      const timer = this.#clock.setTimer(done, random() * maxDelay);
      timer.unref();
      this.#delay = { timer, done };
    });
  }

  #tell(result: EnvoyEvidence | NoEvidence): EnvoyEvidence | NoEvidence {
    const { noEvidence } = result;
    if (noEvidence === undefined || this.#said.has(noEvidence)) return result;
    this.#said.add(noEvidence);
    this.#options.onNoEvidence?.(noEvidence);
    return result;
  }
}

const CLOSED: NoEvidence = Object.freeze({ noEvidence: 'the reader is closed' });
const OTHER_READER: NoEvidence = Object.freeze({ noEvidence: 'another process of this host is reading it' });
const NOT_READ_YET: NoEvidence = Object.freeze({ noEvidence: 'it was read before this origin was known' });
