import { finished } from 'node:stream';

interface Watch {
  ended: (() => void) | undefined;
}

/** A small body that has arrived whole and is never read is collected without a sign from its stream. */
const collected = new FinalizationRegistry<Watch>((watch) => watch.ended?.());

/**
 * What `finished` waits for, by the symbol that Node registers for streams outside itself (readable-stream uses it).
 * Waiting for it directly costs a tenth of `finished` (docs/performance.md).
 */
const CLOSED = Symbol.for('nodejs.webstream.isClosedPromise');

/**
 * Calls `ended` when the body has been read to its end, cancelled or failed; perhaps once more later. It sees every way
 * of reading without locking or replacing the body, so that the caller keeps the real Response. False when there is no
 * body, or one of a kind that cannot be watched.
 *
 * `unread`: also when it has been collected unread. That is dear (every response is then a load on each collection of
 * garbage), so it is for those whose call nothing else ends.
 */
export function whenBodyEnds(response: Response, ended: () => void, unread: boolean): boolean {
  const { body } = response;
  if (body === null) return false;
  try {
    // A response that is kept must not keep its call, and the request's body with it.
    const watch: Watch = { ended };
    const over = () => {
      watch.ended = undefined;
      ended();
    };
    const closed = closedOf(body);
    if (closed !== undefined) closed.then(over, over);
    // Node's types know streams of Node only; web streams are documented (stream.finished).
    else finished(body as unknown as NodeJS.ReadableStream, over);
    // The body, not the response: who reads keeps the body alone. `ended` must hold neither, or none is ever collected.
    if (unread) collected.register(body, watch);
    return true;
  } catch {
    return false;
  }
}

function closedOf(body: object): Promise<unknown> | undefined {
  const { promise } = (body as { [CLOSED]?: { promise?: unknown } })[CLOSED] ?? {};
  return promise instanceof Promise ? promise : undefined;
}
