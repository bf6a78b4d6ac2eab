import { finished } from 'node:stream';

interface Watch {
  ended: (() => void) | undefined;
}

/** A small body that has arrived whole and is never read is collected without a sign from its stream. */
const collected = new FinalizationRegistry<Watch>((watch) => watch.ended?.());

/**
 * Calls `ended` when the body has been read to its end, cancelled, failed or collected unread; perhaps once more later.
 * `finished` of node:stream sees all of these but the last, in every way of reading, without locking or replacing the body, so that
 * the caller keeps the real Response. False when there is no body, or one of a kind that cannot be watched.
 */
export function whenBodyEnds(response: Response, ended: () => void): boolean {
  const { body } = response;
  if (body === null) return false;
  try {
    // Node's types know streams of Node only; web streams are documented (stream.finished).
    const watch: Watch = { ended };
    finished(body as unknown as NodeJS.ReadableStream, () => {
      // A response that is kept must not keep its call, and the request's body with it.
      watch.ended = undefined;
      ended();
    });
    // The body, not the response: who reads keeps the body alone. `ended` must hold neither, or none is ever collected.
    collected.register(body, watch);
    return true;
  } catch {
    return false;
  }
}
