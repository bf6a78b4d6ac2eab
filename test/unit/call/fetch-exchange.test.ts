import { describe, expect, it } from 'vitest';
import { FetchExchange } from '../../../src/call/fetch-exchange.ts';
import type { FetchFunction, FetchInput, MeshwiseRequestInit } from '../../../src/call/fetch-types.ts';
import { POLICY_DEFAULTS } from '../../../src/policy/policy-defaults.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function anExchange(input: FetchInput, init?: MeshwiseRequestInit, own: FetchFunction = fetch): FetchExchange {
  const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
  return new FetchExchange({
    fetch: own,
    input,
    init,
    url,
    bufferBody: 1024,
    policy: POLICY_DEFAULTS,
    clock: new VirtualClock(),
  });
}

function send(exchange: FetchExchange): Promise<Response> {
  return exchange.send({
    signal: new AbortController().signal,
    number: 1,
    deadline: Number.POSITIVE_INFINITY,
    headers: undefined,
    strip: [],
  });
}

describe("fetch's own errors", () => {
  function streamed(): Request {
    // Node's types do not know `duplex`.
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' };
    return new Request('http://upstream.invalid/', init);
  }

  it.each<[string, () => Promise<Request>]>([
    [
      'a Request whose body somebody holds',
      async () => {
        const request = streamed();
        request.body?.getReader();
        return request;
      },
    ],
    [
      'a Request that was used',
      async () => {
        const request = streamed();
        await request.text();
        return request;
      },
    ],
  ])('come as a rejection: %s', async (_, make) => {
    const request = await make();
    const bare = await fetch(request).catch((error: unknown) => error);
    expect(bare).toBeInstanceOf(TypeError);
    await expect(send(anExchange(request))).rejects.toThrow(bare as TypeError);
  });

  it('come as a rejection: a body without a text', async () => {
    const exchange = anExchange('http://upstream.invalid/', { method: 'POST', body: Object.create(null) });
    await expect(send(exchange)).rejects.toThrow('Cannot convert object to primitive value');
  });
});

it.each([
  ['ECONNREFUSED', undefined],
  ['UND_ERR_CONNECT_TIMEOUT', undefined],
  ['ECONNRESET', 'body-not-ended'],
  ['UND_ERR_SOCKET', 'body-not-ended'],
  ['UNKNOWN', 'body-not-ended'],
])('only a connect failure shows that a stream was not sent: %s', async (code, oneShot) => {
  const exchange = anExchange('http://upstream.invalid/', { method: 'POST', body: endless() }, async (_, init) => {
    const { body } = init as { readonly body: ReadableStream<Uint8Array> };
    await body.getReader().read();
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  });
  const error: unknown = await send(exchange).catch((error: unknown) => error);
  exchange.resultOfError(error);
  expect(exchange.oneShot).toBe(oneShot);
});

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.from('more');
}

it('tells of a response only how it went: a result is kept, and must not keep the response', () => {
  const response = new Response('body', { status: 418 });
  expect(anExchange('http://upstream.invalid/').resultOf(response)).toEqual({ status: 418 });
});
