import type { OneShotReason } from './request-body.ts';

/**
 * A caller's `Request` with a body, kept for another attempt. The first attempt sends the Request itself: only then
 * are the bytes, the framing and `bodyUsed` exactly fetch's. Later ones send clones of a spare, which keep the framing.
 *
 * A Request does not tell what its body was made of, so a third branch measures it: it reads along, up to the limit,
 * without anything waiting for it; above the limit both branches are dropped and the body is one-shot. A body that has
 * not ended can be sent again: the spare gets what is still to come, and a refused connection is often known before a
 * Blob has been read.
 */
export class ClonedRequest {
  readonly #spare: Request;
  #lost: OneShotReason | undefined;

  /** Throws fetch's own error when the body was used already. */
  constructor(request: Request, limit: number) {
    const meter = request.clone();
    this.#spare = request.clone();
    void this.#measure(meter, limit);
  }

  get oneShot(): OneShotReason | undefined {
    return this.#lost;
  }

  next(): Request {
    return this.#spare.clone();
  }

  async #measure(meter: Request, limit: number): Promise<void> {
    let bytes = 0;
    try {
      for await (const chunk of meter.body ?? []) {
        bytes += (chunk as Uint8Array).byteLength;
        if (bytes > limit) {
          this.#lost = 'body-too-large';
          break;
        }
      }
    } catch {
      this.#lost = 'body-failed';
    }
    if (this.#lost !== undefined) await this.#spare.body?.cancel().catch(() => undefined);
  }
}
