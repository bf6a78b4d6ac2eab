import { describe, expect, it } from 'vitest';
import { attemptHeaders, hasHeader } from '../../../src/call/attempt-headers.ts';

type Own = RequestInit['headers'];

const STRIP = ['x-meshwise-owner', 'traceparent'];

/** The same headers in every form that fetch takes. */
function inEveryForm(entries: [string, string][]): [form: string, headers: Own][] {
  return [
    ['an object', Object.fromEntries(entries)],
    ['an array', entries],
    ['a Headers', new Headers(entries)],
    // As another realm's Headers looks from here.
    ['any iterable', new Map(entries) as unknown as Own],
  ];
}

function shown(headers: Own | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

describe('attemptHeaders', () => {
  it.each([['nothing', undefined] as const, ...inEveryForm([['Accept', 'text/plain']])])(
    'gives back the very same when nothing changes: %s',
    (_, own) => {
      expect(attemptHeaders(own, [], undefined)).toBe(own);
      expect(attemptHeaders(own, STRIP, undefined)).toBe(own);
    },
  );

  it.each(
    inEveryForm([
      ['Accept', 'text/plain'],
      ['X-Meshwise-Owner', 'sidecar/00000000'],
      ['TraceParent', '00-1-1-00'],
    ]),
  )('strips in any case: %s', (_, own) => {
    expect(shown(attemptHeaders(own, STRIP, undefined))).toEqual({ accept: 'text/plain' });
  });

  it.each(
    inEveryForm([
      ['Accept', 'text/plain'],
      ['X-Meshwise-Attempt', '9'],
    ]),
  )('sets over what is there: %s', (_, own) => {
    expect(shown(attemptHeaders(own, STRIP, { 'x-meshwise-attempt': '1', traceparent: '00-2-2-01' }))).toEqual({
      accept: 'text/plain',
      'x-meshwise-attempt': '1',
      traceparent: '00-2-2-01',
    });
  });

  it('sets what it strips: ours in place of theirs', () => {
    const headers = attemptHeaders({ traceparent: 'theirs' }, STRIP, { traceparent: 'ours' });
    expect(shown(headers)).toEqual({ traceparent: 'ours' });
  });

  it('sets without anything of the caller', () => {
    expect(shown(attemptHeaders(undefined, STRIP, { a: '1' }))).toEqual({ a: '1' });
  });

  it.each(
    inEveryForm([
      ['a', '1'],
      ['traceparent', 'theirs'],
    ]),
  )('leaves what the caller gave as it is: %s', (_, own) => {
    const before = shown(own);
    const headers = attemptHeaders(own, STRIP, { a: '2' });
    expect(headers).not.toBe(own);
    expect(shown(own)).toEqual(before);
  });

  it('keeps lines that came twice', () => {
    const headers = attemptHeaders(
      [
        ['a', '1'],
        ['A', '2'],
        ['set-cookie', 'x'],
        ['set-cookie', 'y'],
      ],
      [],
      { b: '3' },
    );
    expect([...new Headers(headers)]).toEqual([
      ['a', '1, 2'],
      ['b', '3'],
      ['set-cookie', 'x'],
      ['set-cookie', 'y'],
    ]);
  });

  it("leaves a header that fetch refuses to fetch's own error", () => {
    const own = { 'bad name': '1' };
    expect(attemptHeaders(own, STRIP, undefined)).toBe(own);
    const headers = attemptHeaders(own, STRIP, { a: '1' });
    expect(() => new Headers(headers)).toThrow('bad name');
  });

  it('keeps form, order and case of what the caller gave', () => {
    const stripped = { B: '1', TraceParent: 'theirs', a: '2' };
    expect(Object.entries(attemptHeaders(stripped, STRIP, { c: '3' }) ?? {})).toEqual([
      ['B', '1'],
      ['a', '2'],
      ['c', '3'],
    ]);
    expect(attemptHeaders(Object.entries(stripped), STRIP, { c: '3' })).toEqual([
      ['B', '1'],
      ['a', '2'],
      ['c', '3'],
    ]);
  });
});

describe('hasHeader', () => {
  it.each(
    inEveryForm([
      ['Accept', 'text/plain'],
      ['Idempotency-KEY', 'k'],
    ]),
  )('finds a name in any case: %s', (_, own) => {
    expect(hasHeader(own, 'idempotency-key')).toBe(true);
    expect(hasHeader(own, 'accept')).toBe(true);
    expect(hasHeader(own, 'idempotency')).toBe(false);
    expect(hasHeader(own, 'content-type')).toBe(false);
  });

  it.each([
    ['undefined', undefined],
    ['null', null as unknown as undefined],
    ['an empty object', {}],
    ['an empty array', []],
  ])('finds nothing in %s', (_, own) => {
    expect(hasHeader(own, 'accept')).toBe(false);
  });
});
