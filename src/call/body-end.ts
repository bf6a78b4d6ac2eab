import { finished } from 'node:stream';

/** A small body that has arrived whole and is never read is collected without a sign from its stream. */
const collected = new FinalizationRegistry<() => void>((ended) => ended());

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
    finished(body as unknown as NodeJS.ReadableStream, ended);
    // `ended` must not hold the response, or neither is ever collected.
    collected.register(response, ended);
    return true;
  } catch {
    return false;
  }
}
