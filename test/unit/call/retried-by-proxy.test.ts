import { describe, expect, it } from 'vitest';
import { saysThatItRetried } from '../../../src/call/retried-by-proxy.ts';

const RETRIED =
  'upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure';

function reply(text: string, headers: Record<string, string> = {}, status = 503): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': 'text/plain', 'content-length': String(text.length), ...headers },
  });
}

describe('a reply that says that the proxy has retried', () => {
  it('is read without taking it from the caller', async () => {
    const response = reply(RETRIED);
    expect(await saysThatItRetried(response)).toBe(true);
    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe(RETRIED);
  });

  it.each<[string, unknown]>([
    ['without the word', reply(RETRIED.replace('retried and the latest ', ''))],
    ['of an upstream, which took its time', reply(RETRIED, { 'x-envoy-upstream-service-time': '3' })],
    ['with another status', reply(RETRIED, {}, 504)],
    ['of another kind', reply(RETRIED, { 'content-type': 'text/html' })],
    ['that is long', reply(RETRIED.padEnd(1_000))],
    ['of an unknown length', new Response(RETRIED, { status: 503, headers: { 'content-type': 'text/plain' } })],
    ['without a body', new Response(null, { status: 503 })],
    ['of no fetch', { status: 503 }],
    ['that is none', undefined],
  ])('is none: %s', async (_, value) => {
    expect(await saysThatItRetried(value)).toBe(false);
  });

  it('is none once somebody reads it, or when it breaks off', async () => {
    const read = reply(RETRIED);
    await read.text();
    expect(await saysThatItRetried(read)).toBe(false);
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) });
    const broken = new Response(body, {
      status: 503,
      headers: { 'content-type': 'text/plain', 'content-length': '121' },
    });
    expect(await saysThatItRetried(broken)).toBe(false);
  });
});
