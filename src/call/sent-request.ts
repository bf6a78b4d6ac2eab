import diagnosticsChannel from 'node:diagnostics_channel';

/** undici's, of whatever copy: the headers of a request are being written. */
const SEND_HEADERS = 'undici:client:sendHeaders';

interface Watch {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  sent: boolean;
}

const watches = new Set<Watch>();
const sentBefore = new WeakSet<object>();

/**
 * Notes on the error of a failed request whether the request had been on the wire: fetch follows redirects, so that a
 * refused connection may be the second hop's, and the first has processed a POST that must not be sent again.
 *
 * Another request with the same method and URL that is sent meanwhile counts, too: in doubt nothing is sent again. A
 * fetch that is not undici's tells nothing, and its refused connections count as the first hop's.
 */
export async function noteIfSent<T>(method: string, url: string, send: () => Promise<T>): Promise<T> {
  const { origin, pathname, search } = new URL(url);
  const watch: Watch = { method, origin, path: pathname + search, sent: false };
  if (watches.size === 0) diagnosticsChannel.subscribe(SEND_HEADERS, onSendHeaders);
  watches.add(watch);
  try {
    return await send();
  } catch (error) {
    if (watch.sent) noteSent(error);
    throw error;
  } finally {
    watches.delete(watch);
    if (watches.size === 0) diagnosticsChannel.unsubscribe(SEND_HEADERS, onSendHeaders);
  }
}

/** Something of the request that failed so has been on the wire. */
export function noteSent(error: unknown): void {
  if (typeof error === 'object' && error !== null) sentBefore.add(error);
}

export function wasSent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && sentBefore.has(error);
}

function onSendHeaders(message: unknown): void {
  // Anybody may publish there, and what a subscriber throws ends the process.
  const { method, origin, path } = (message as { request?: Record<string, unknown> } | undefined)?.request ?? {};
  for (const watch of watches) {
    if (watch.path === path && watch.method === method && watch.origin === String(origin)) watch.sent = true;
  }
}
