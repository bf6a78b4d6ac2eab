import { describe, expect, it } from 'vitest';
import { NO_HINTS, serverHints } from '../../../src/call/server-hints.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 0, 0);

function hints(status: number, headers: Record<string, string>) {
  return serverHints({ status, headers: new Headers(headers) }, NOW);
}

describe('Retry-After', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['no wait', '0', 0],
    ['leading zeros', '007', 7000],
    ['white space around', ' 5 ', 5000],
    ['months', '9999999', 9_999_999_000],
    ['more digits than a number has', '9'.repeat(400), Number.POSITIVE_INFINITY],
    ['a date', 'Wed, 25 Nov 2026 12:00:30 GMT', 30_000],
    ['an obsolete date', 'Wednesday, 25-Nov-26 12:00:30 GMT', 30_000],
    ['the oldest form of a date', 'Wed Nov 25 12:00:30 2026', 30_000],
    ['this very second', 'Wed, 25 Nov 2026 12:00:00 GMT', 0],
    ['a date in the past', 'Wed, 25 Nov 2020 12:00:00 GMT', 0],
  ])('%s', (_, value, expected) => {
    expect(hints(503, { 'retry-after': value })).toEqual({ retryAfter: expected, forbidden: false });
  });

  it.each([
    '',
    'soon',
    '-1',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    '2, 3',
    '2 3',
    '5s',
    '٣',
    'Sun, 31 Feb 2026 08:49:37 GMT',
    '2026-11-25',
  ])('is as good as absent: %j', (value) => {
    // A Headers takes Latin-1 only.
    const headers = { get: (name: string) => (name === 'retry-after' ? value : null) } as Headers;
    expect(serverHints({ status: 503, headers }, NOW)).toBe(NO_HINTS);
  });

  it('sent twice says nothing', () => {
    const headers = new Headers([
      ['retry-after', '2'],
      ['retry-after', '3'],
    ]);
    expect(serverHints({ status: 503, headers }, NOW)).toBe(NO_HINTS);
  });

  it.each([
    [429, true],
    [503, true],
    [200, false],
    [301, false],
    [404, false],
    [413, false],
    [500, false],
    [502, false],
    [504, false],
  ])('on %d: %s', (status, heeded) => {
    expect(hints(status, { 'retry-after': '1', 'retry-after-ms': '1000' }).retryAfter).toBe(heeded ? 1000 : undefined);
  });
});

describe('retry-after-ms', () => {
  it.each([
    ['150', 150],
    ['0', 0],
    ['12.5', 12.5],
    ['12.25', 12.25],
    [' 20 ', 20],
  ])('%j stands over Retry-After', (value, expected) => {
    expect(hints(429, { 'retry-after': '9', 'retry-after-ms': value }).retryAfter).toBe(expected);
  });

  it.each(['', '-1', 'soon', '.5', '1e3', '1, 2'])('%j leaves it to Retry-After', (value) => {
    expect(hints(429, { 'retry-after': '9', 'retry-after-ms': value }).retryAfter).toBe(9000);
    expect(hints(429, { 'retry-after-ms': value })).toBe(NO_HINTS);
  });
});

describe('x-should-retry', () => {
  it.each(['false', 'FALSE', ' false '])('%j forbids, whatever the status', (value) => {
    expect(hints(500, { 'x-should-retry': value })).toEqual({ retryAfter: undefined, forbidden: true });
    expect(hints(503, { 'x-should-retry': value, 'retry-after': '1' })).toEqual({ retryAfter: 1000, forbidden: true });
  });

  it.each(['true', '', '0', 'no', 'false, false'])('%j says nothing', (value) => {
    expect(hints(503, { 'x-should-retry': value })).toBe(NO_HINTS);
  });
});

it.each(['retry-after', 'retry-after-ms'])(
  '%s may have white space around it where the client leaves it there',
  (name) => {
    const headers = { get: (asked: string) => (asked === name ? ' 7 ' : null) } as Headers;
    expect(serverHints({ status: 503, headers }, NOW).retryAfter).toBe(name === 'retry-after' ? 7000 : 7);
  },
);

it('has one object for a reply without hints', () => {
  expect(hints(503, {})).toBe(NO_HINTS);
  expect(NO_HINTS).toEqual({ retryAfter: undefined, forbidden: false });
});
