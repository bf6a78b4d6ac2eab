import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { markersOf, withResults } from './markdown.ts';
import { readOptions, SUITES } from './options.ts';
import { markdownTable } from './table.ts';

const [BEGIN, END] = markersOf('core');

describe('results in a document', () => {
  it('stand between their two comments, in place of the last ones', () => {
    const document = `before\n\n${BEGIN}\n\nold | results\n\n${END}\n\nafter`;
    const once = withResults(document, 'core', '| new |');
    expect(once).toBe(`before\n\n${BEGIN}\n\n| new |\n\n${END}\n\nafter`);
    expect(withResults(once, 'core', '| new |')).toBe(once);
  });

  it('go nowhere without the comments', () => {
    expect(() => withResults(`${BEGIN}`, 'core', '')).toThrow('the document has no');
    expect(() => withResults(`${END}${BEGIN}`, 'core', '')).toThrow('the document has no');
  });

  it.each(SUITES)('have a place in docs/performance.md: %s', (suite) => {
    const document = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    expect(() => withResults(document, suite, '')).not.toThrow();
  });

  it('are a table that no cell breaks', () => {
    expect(markdownTable({ head: ['', 'a|b'], rows: [['x', '1']] })).toBe('|  | a\\|b |\n|---|---|\n| x | 1 |');
  });
});

describe('the arguments of the benchmark', () => {
  it('name suites, in whatever order, or all of them', () => {
    expect(readOptions([]).suites).toEqual(SUITES);
    expect(readOptions(['fetch', 'all']).suites).toEqual(SUITES);
    expect(readOptions(['fetch', 'core']).suites).toEqual(['core', 'fetch']);
    expect(readOptions(['--src', '--rounds', '2'])).toMatchObject({ subject: 'src', rounds: 2, json: false });
  });

  it.each([[['nothing']], [['--rounds', '0']], [['--rounds', 'many']], [['--fast']]])('are refused: %j', (args) => {
    expect(() => readOptions(args)).toThrow();
  });
});
