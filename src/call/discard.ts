import type { Clock } from './clock.ts';

/** A body this small is worth reading to its end, so that its connection can be used again (undici: one connection instead of nine for eight discarded 300 kB bodies). */
const DRAIN_BYTES = 64 * 1024;
const DRAIN_TIME = 50;

/**
 * Gets rid of a response that nobody will read: reads it to its end if it is small and quick, cancels it otherwise,
 * so that its connection is used again or closed. Returns at once; nothing waits for it and it never throws.
 */
export function discard(response: Response, clock: Clock): void {
  const { body } = response;
  if (body === null || body.locked) return;
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > DRAIN_BYTES) void body.cancel().catch(ignore);
  else void drain(body, clock).catch(ignore);
}

async function drain(body: ReadableStream<Uint8Array>, clock: Clock): Promise<void> {
  const reader = body.getReader();
  const timer = clock.setTimer(() => void reader.cancel().catch(ignore), DRAIN_TIME);
  timer.unref();
  try {
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
      if (bytes > DRAIN_BYTES) return void reader.cancel().catch(ignore);
    }
  } finally {
    clock.clearTimer(timer);
  }
}

function ignore(): void {}
