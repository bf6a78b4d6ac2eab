import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('options of the independent run', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({ rounds: 5, seed: 1, markdown: false });
  });

  it('are taken as they are given', () => {
    expect(readOptions(['--rounds', '2', '--seed=7', '--markdown'])).toEqual({ rounds: 2, seed: 7, markdown: true });
  });

  it.each([['--rounds=0'], ['--rounds=two'], ['--seed=1.5'], ['--what']])('refuse %s', (argument) => {
    expect(() => readOptions([argument])).toThrow();
  });
});
