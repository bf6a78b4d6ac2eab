import type { Clock, Random, Timer } from '../call/clock.ts';
import type { AdminAddress } from '../meshes/envoy/admin/admin-address.ts';
import type { AdminReader, EnvoyEvidence } from '../meshes/envoy/admin/admin-reader.ts';
import type { CoverageQuestion, coverageOf, EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';

export interface AdminEvidenceOptions {
  readonly admin: AdminAddress;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds before each reading, of which it waits for a random part. Default: the reader's own. */
  readonly maxDelay?: number | undefined;
  /** Something else is shown than before. */
  readonly onChange: () => void;
}

interface Tools {
  readonly reader: AdminReader;
  readonly coverageOf: typeof coverageOf;
}

/** Milliseconds. Asks the reader again, which reads seldom: an origin that it did not know has to wait for that. */
const AGAIN_AFTER = 30_000;
/** Milliseconds for one answer. Nobody waits for it, and a busy proxy is the one to know of. */
const TIMEOUT = 5_000;
/** As many as the reader remembers. */
const MOST_ORIGINS = 100;

/**
 * What the admin of this process's own sidecar shows, read beside the calls: they get what is known and wait for
 * nothing. Begins with the first question, keeps no process alive, and keeps what it has read until it reads something
 * else: an admin that is busy once takes nothing back.
 */
export class AdminEvidence {
  readonly #options: AdminEvidenceOptions;
  readonly #urls = new Map<string, URL>();
  readonly #evidence = new Map<string, EnvoyEvidence>();
  #loading: Promise<Tools> | undefined;
  #tools: Tools | undefined;
  #reading: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: AdminEvidenceOptions) {
    this.#options = options;
  }

  get admin(): AdminAddress {
    return this.#options.admin;
  }

  /** `undefined` as long as nothing is known of the URL's origin. */
  coverage(question: CoverageQuestion): EnvoyCoverage | undefined {
    const { url } = question;
    if (!this.#urls.has(url.origin) && this.#urls.size < MOST_ORIGINS) {
      this.#urls.set(url.origin, url);
      this.#reading = this.#readAll();
    }
    const evidence = this.#evidence.get(url.origin);
    return evidence === undefined ? undefined : this.#tools?.coverageOf(evidence.facts, question);
  }

  /** Fulfilled when the reading is over that is under way. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  stop(): void {
    this.#stopped = true;
    this.#tools?.reader.close();
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer);
  }

  /** Never rejects: neither does the reader. */
  async #readAll(): Promise<void> {
    const { clock } = this.#options;
    this.#loading ??= load(this.#options);
    this.#tools = await this.#loading;
    const { reader } = this.#tools;
    if (this.#stopped) reader.close();
    // Each by itself: evidence of one origin is none of another. The reader makes one reading of it.
    await Promise.all([...this.#urls.values()].map((url) => this.#readOne(reader, url)));
    if (this.#stopped) return;
    if (this.#timer !== undefined) clock.clearTimer(this.#timer);
    this.#timer = clock.setTimer(() => {
      this.#reading = this.#readAll();
    }, AGAIN_AFTER);
    this.#timer.unref();
  }

  async #readOne(reader: AdminReader, url: URL): Promise<void> {
    const read = await reader.read([url]);
    if (this.#stopped || read.noEvidence !== undefined || this.#evidence.get(url.origin) === read) return;
    this.#evidence.set(url.origin, read);
    this.#options.onChange();
  }
}

/** When there is something to read: most processes never do. */
async function load({ admin: address, clock, random, maxDelay }: AdminEvidenceOptions): Promise<Tools> {
  const [{ AdminReader }, { coverageOf }] = await Promise.all([
    import('../meshes/envoy/admin/admin-reader.ts'),
    import('../meshes/envoy/admin/coverage.ts'),
  ]);
  const delay = maxDelay === undefined ? {} : { maxDelay };
  const reader = new AdminReader({ address, clock, random, ...delay, limits: { timeout: TIMEOUT } });
  return { reader, coverageOf };
}
