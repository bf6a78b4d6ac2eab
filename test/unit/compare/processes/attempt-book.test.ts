import { describe, expect, it } from 'vitest';
import { AttemptBook } from '../../../../src/compare/processes/upstream/attempt-book.ts';

const never = { starts: new Float64Array(10), timeout: false } as const;

describe('the book of attempts', () => {
  it('numbers the attempts of a call over all hosts, and counts by call, host and slot', () => {
    const book = new AttemptBook(3);
    expect([book.arrived(4, 1, 20), book.arrived(4, 3, 130), book.arrived(5, 3, 350)]).toEqual([1, 2, 1]);
    expect(book.seen(never)).toEqual({
      total: 3,
      callsByAttempts: [0, 1, 1],
      byHost: [1, 0, 2],
      early: 0,
      afterDeadline: 0,
      timeline: [1, 1, 0, 1],
    });
  });

  it('calls early what comes before the time that the same call was told', () => {
    const book = new AttemptBook(1);
    book.arrived(0, 1, 0);
    book.told(0, 1000);
    book.arrived(1, 1, 500);
    book.arrived(0, 1, 990);
    book.arrived(0, 1, 1000);
    expect(book.seen(never).early).toBe(1);
  });

  it('keeps the latest of several times that a call was told', () => {
    const book = new AttemptBook(1);
    book.told(0, 1000);
    book.told(0, 400);
    book.arrived(0, 1, 700);
    expect(book.seen(never).early).toBe(1);
  });

  it('counts what arrives after the deadline, from when the call was really made', () => {
    const book = new AttemptBook(1);
    const starts = new Float64Array([100, 500, Number.NaN]);
    for (const at of [110, 399, 430]) book.arrived(0, 1, at);
    for (const at of [510, 810]) book.arrived(1, 1, at);
    book.arrived(2, 1, 9000);
    // 430 is beyond 100 + 300 and the time that a request takes; 810 may have been on its way.
    expect(book.seen({ starts, timeout: 300 }).afterDeadline).toBe(1);
    expect(book.seen({ starts, timeout: false }).afterDeadline).toBe(0);
  });
});
