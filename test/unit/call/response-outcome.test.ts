import { describe, expect, it } from 'vitest';
import { FetchExchange } from '../../../src/call/fetch-exchange.ts';
import { outcomeOf, remember } from '../../../src/call/response-outcome.ts';
import type { SidecarWord } from '../../../src/call/sidecar-word.ts';
import { POLICY_DEFAULTS } from '../../../src/policy/policy-defaults.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const PLAIN = { upstream: 'payments', owner: 'process', attempts: 1, word: undefined } as const;
const outcome = (headers: Record<string, string>, word?: SidecarWord) => {
  const response = new Response(null, { headers });
  remember(response, { ...PLAIN, word });
  return outcomeOf(response);
};

describe('the outcome of a response', () => {
  it('is unknown where no call gave it', () => {
    const response = new Response();
    expect(outcomeOf(response)).toBeUndefined();
    remember(response, PLAIN);
    expect(outcomeOf(response)).toEqual({
      ...{ upstream: 'payments', owner: 'process', attempts: 1, sidecarAttempts: undefined },
      ...{ author: undefined, evidence: undefined, verdict: undefined },
    });
    expect(outcomeOf(response.clone())).toBeUndefined();
    expect(Object.isFrozen(outcomeOf(response))).toBe(true);
  });

  it.each([
    [{}, undefined],
    [{ server: 'nginx' }, undefined],
    [{ server: 'envoy' }, 'sidecar'],
    [{ server: 'istio-envoy' }, 'sidecar'],
    [{ server: 'envoy', 'x-envoy-upstream-service-time': '1' }, 'upstream'],
    [{ 'l5d-proxy-error': 'unexpected error' }, 'sidecar'],
  ])('is a guess from what proxies leave: %o', (headers, author) => {
    expect(outcome(headers)).toMatchObject({ author, evidence: author === undefined ? undefined : 'guess' });
  });

  it('is unknown of no response at all, as an error may have none', () => {
    const error: { response?: Response } = {};
    expect(outcomeOf(error.response as Response)).toBeUndefined();
  });

  it("is a sidecar's word before any guess", () => {
    const word: SidecarWord = { owner: 'sidecar', attempts: 3, author: 'upstream', verdict: undefined };
    expect(outcome({ server: 'envoy' }, word)).toMatchObject({
      ...{ owner: 'sidecar', sidecarAttempts: 3, author: 'upstream', evidence: 'verdict' },
    });
  });
});

describe('an exchange that has given its response away', () => {
  it('holds it no longer', async () => {
    const word: SidecarWord = { owner: 'process', attempts: 1, author: 'upstream', verdict: undefined };
    const url = new URL('http://payments/');
    const exchange = new FetchExchange({
      ...{ fetch: async () => new Response('a'), input: url.href, init: undefined, url, bufferBody: 0 },
      ...{ policy: POLICY_DEFAULTS, clock: new VirtualClock(), reader: { read: () => word } },
    });
    const { signal } = new AbortController();
    const response = await exchange.send({ signal, number: 1, deadline: 0, headers: undefined, strip: [] });
    expect(exchange.wordOn(response)).toBe(word);
    exchange.delivers(response, { ...PLAIN, word });
    expect(exchange.wordOn(response)).toBeUndefined();
    expect(outcomeOf(response)).toMatchObject({ author: 'upstream' });
  });
});
