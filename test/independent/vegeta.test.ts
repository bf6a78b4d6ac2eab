import { describe, expect, it } from 'vitest';
import { hitsOf, targetsOf } from './vegeta.ts';

const URL_OF_CALLS = 'http://127.0.0.1:1/';

/** A line as vegeta 12.13 encodes it (run), shortened. */
function line(seq: number, given: object = {}): string {
  return JSON.stringify({
    attack: '',
    seq,
    code: 200,
    timestamp: `2026-11-25T17:40:00.00${seq}Z`,
    latency: 1_500_000,
    bytes_out: 0,
    bytes_in: 1024,
    error: '',
    body: 'eHg=',
    method: 'GET',
    url: URL_OF_CALLS,
    headers: { 'Content-Type': ['text/plain'] },
    ...given,
  });
}

describe('targets for vegeta', () => {
  const lines = targetsOf({ url: URL_OF_CALLS, method: 'POST', rate: 100, calls: 2, firstCall: 40, warmUp: 1 })
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as unknown);

  it('are the warm-up, which names no call, and then one target per call', () => {
    expect(lines).toEqual([
      { method: 'POST', url: `${URL_OF_CALLS}warm-up` },
      { method: 'POST', url: URL_OF_CALLS, header: { 'x-call': ['40'] } },
      { method: 'POST', url: URL_OF_CALLS, header: { 'x-call': ['41'] } },
    ]);
  });
});

describe('results of vegeta', () => {
  it('are those of the calls, in the order of sending, in milliseconds', () => {
    const json = [line(0, { url: `${URL_OF_CALLS}warm-up` }), line(2, { code: 503, error: '503' }), line(1), ''].join(
      '\n',
    );
    expect(hitsOf(json, { calls: 2, url: URL_OF_CALLS })).toEqual([
      { seq: 1, code: 200, error: '', sentAt: 0, latency: 1.5 },
      { seq: 2, code: 503, error: '503', sentAt: 1, latency: 1.5 },
    ]);
  });

  it.each([
    ['nine digits', '2026-11-25T17:40:00.001234567Z', 0.234],
    ['zeros left away', '2026-11-25T17:40:00.0015Z', 0.5],
    ['no fraction', '2026-11-25T17:40:01Z', 999],
    ['another zone', '2026-11-25T18:40:00.002+01:00', 1],
  ])('have times with %s', (_, timestamp, sentAt) => {
    const hits = hitsOf([line(1), line(2, { timestamp })].join('\n'), { calls: 2, url: URL_OF_CALLS });
    expect(hits[1]?.sentAt).toBeCloseTo(sentAt, 3);
  });

  it('are refused when a call is missing, or there twice', () => {
    expect(() => hitsOf(line(1), { calls: 2, url: URL_OF_CALLS })).toThrow('vegeta made 1 of 2 calls');
    expect(() => hitsOf([line(1), line(2)].join('\n'), { calls: 1, url: URL_OF_CALLS })).toThrow('made 2 of 1');
  });

  it('are refused when a time cannot be read', () => {
    expect(() => hitsOf(line(1, { timestamp: 'soon' }), { calls: 1, url: URL_OF_CALLS })).toThrow('soon');
  });
});
