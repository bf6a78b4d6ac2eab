import { finished } from 'node:stream';

/**
 * Calls `ended` once, when the body has been read to its end, cancelled, failed or collected unread.
 * `finished` of node:stream sees all of these, in every way of reading, without locking or replacing the body, so that
 * the caller keeps the real Response. False when there is no body, or one of a kind that cannot be watched.
 */
export function whenBodyEnds(response: Response, ended: () => void): boolean {
  const { body } = response;
  if (body === null) return false;
  try {
    // Node's types know streams of Node only; web streams are documented (stream.finished).
    finished(body as unknown as NodeJS.ReadableStream, ended);
    return true;
  } catch {
    return false;
  }
}
