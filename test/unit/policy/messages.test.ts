import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../../src/policy/nearest-word.ts';
import { shownPath, shownValue } from '../../../src/policy/shown-value.ts';

describe('nearestWord', () => {
  const known = ['limit', 'perTryTimeout', 'on', 'methods', 'retry'];
  it.each([
    ['limt', 'limit'],
    ['lmiit', 'limit'],
    ['Limit', 'limit'],
    ['per_try_timeout', 'perTryTimeout'],
    ['per-try-timeout', 'perTryTimeout'],
    ['perTryTimeot', 'perTryTimeout'],
    ['retries', 'retry'],
    ['no', 'on'],
    ['backoff', undefined],
    ['x', undefined],
    ['', undefined],
    ['l'.repeat(100_000), undefined],
  ])('%s: %s', (word, meant) => {
    expect(nearestWord(word, known)).toBe(meant);
  });

  it('prefers the nearer of two', () => {
    expect(nearestWord('rests', ['tests', 'rest'])).toBe('tests');
    expect(nearestWord('reset', ['rest', 'reset'])).toBe('reset');
  });
});

describe('shownValue', () => {
  it.each<[unknown, string]>([
    ['a "b"', String.raw`"a \"b\""`],
    ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
    ['x'.repeat(40), `"${'x'.repeat(40)}"`],
    [1.5, '1.5'],
    [false, 'false'],
    [undefined, 'undefined'],
    [null, 'null'],
    [['secret'], 'an array'],
    [{ password: 'secret' }, 'an object'],
    [new Map([['limit', 1]]), 'a Map'],
    [Promise.resolve(), 'a Promise'],
    [Symbol('secret'), 'a symbol'],
    [
      () => {
        throw new Error('secret');
      },
      'a function',
    ],
  ])('%#', (value, shown) => {
    expect(shownValue(value)).toBe(shown);
  });
});

describe('shownPath', () => {
  it('joins keys as they are written in code', () => {
    expect(shownPath('', ['retry', 'on', 1])).toBe('retry.on[1]');
    expect(shownPath('upstreams.payments', ['retry'])).toBe('upstreams.payments.retry');
    expect(shownPath('upstreams', ['a b\n'])).toBe(String.raw`upstreams["a b\n"]`);
    expect(shownPath('', [])).toBe('');
  });
});
