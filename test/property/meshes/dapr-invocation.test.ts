import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invocation } from '../../../src/meshes/dapr/invocation.ts';
import { pathAsItArrives } from '../../../src/meshes/dapr/path-as-it-arrives.ts';
import { atLeast } from '../at-least.ts';

const escaped = fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
const upperEscaped = escaped.map((text) => text.toUpperCase());
const piece = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('/', '//', '.', '..', '%2F', '%252F', 'a', 'é', '%C3%A9', '[', '(', '%5B', '%20', ' ', '|'),
  escaped,
  upperEscaped,
);
/** As a program has it: whatever somebody wrote, parsed. */
const url = fc
  .tuple(fc.array(piece, { maxLength: 8 }), fc.option(fc.string({ maxLength: 8 }), { nil: undefined }))
  .map(([pieces, query]) => new URL(`http://payments/${pieces.join('')}${query === undefined ? '' : `?${query}`}`));

const invoke = (of: URL) => invocation('http://127.0.0.1:3500', 'payments', 'GET', of);

describe('an invocation', () => {
  it('has the path and the query byte for byte, and stays under its app, whoever parses it again', () => {
    fc.assert(
      fc.property(url, (of) => {
        const way = invoke(of);
        if ('obstacle' in way) return;
        const again = new URL(way.target);
        expect(again.href).toBe(way.target);
        expect(again.origin).toBe('http://127.0.0.1:3500');
        expect(again.pathname).toBe(`/v1.0/invoke/payments/method${of.pathname}`);
        expect(again.search).toBe(of.search);
      }),
      { numRuns: atLeast(2_000) },
    );
  });

  it('is refused where a separator, or an escape of one, would be lost', () => {
    fc.assert(
      fc.property(url, (of) => {
        const { pathname } = of;
        const isLost = /%2f|\/\/|%25|%23|%3f/i.test(pathname) || (pathname.length > 1 && pathname.endsWith('/'));
        if (isLost) expect(invoke(of)).toHaveProperty('obstacle');
      }),
      { numRuns: atLeast(2_000) },
    );
  });

  it('arrives as it would arrive once more', () => {
    fc.assert(
      fc.property(url, ({ pathname }) => {
        const arrives = pathAsItArrives(pathname);
        if (arrives !== undefined) expect(pathAsItArrives(arrives)).toBe(arrives);
      }),
      { numRuns: atLeast(2_000) },
    );
  });

  it('takes every path of plain segments', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9._~!$&'()*+,;=:@-]{0,12}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        expect(invoke(new URL(`http://payments/${segments.join('/')}`))).toHaveProperty('target');
      }),
    );
  });
});
