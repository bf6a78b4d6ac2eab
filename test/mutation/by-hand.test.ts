import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { broken, ROOT } from './broken-tree.ts';
import type { Fault } from './faults/fault.ts';
import { FAULTS } from './faults/index.ts';
import { outcomeLines, outcomeTable, withOutcomes } from './outcome-table.ts';
import { readReport } from './run-tests.ts';

const FAULT: Fault = {
  id: 'never-again',
  suffers: 'nothing is tried | ever',
  file: 'src/a.ts',
  text: 'retry()',
  replacement: '$& gone',
  tests: ['test/a.test.ts', 'test/b.test.ts'],
};

describe('the faults that are made by hand', () => {
  it.each(FAULTS.map((fault) => [fault.id, fault] as const))('can be made in the source as it is: %s', (_, fault) => {
    const source = readFileSync(join(ROOT, fault.file), 'utf8');
    expect(broken(source, fault)).not.toBe(source);
    for (const file of fault.tests) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  it('have a name each', () => {
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
  });

  it('are what is told in docs/mutation.md, each with a test that noticed it', () => {
    const document = readFileSync(join(ROOT, 'docs/mutation.md'), 'utf8');
    const rows = [...document.matchAll(/^\| `([\w-]+)` in `[^`]+` \| .* \| (\d+) \|$/gm)];
    expect(rows.map(([, id]) => id)).toEqual(FAULTS.map(({ id }) => id));
    for (const [row, , red] of rows) expect(Number(red), row).toBeGreaterThan(0);
    expect(() => withOutcomes(document, '')).not.toThrow();
  });
});

describe('a fault', () => {
  it('is made where its text stands, to the letter', () => {
    expect(broken('a; retry(); b', FAULT)).toBe('a; $& gone; b');
  });

  it.each([
    ['a; b', 0],
    ['retry(); retry()', 2],
  ])('is refused where that is not one place: %s', (source, times) => {
    expect(() => broken(source, FAULT)).toThrow(
      `never-again: this text must stand in src/a.ts once, and does ${times} times:\nretry()`,
    );
  });
});

describe('the report of a run', () => {
  const test = (status: string, fullName: string) => ({ status, fullName });
  const report = (...testResults: object[]) => JSON.stringify({ testResults });
  const a = {
    name: '/tree/test/a.test.ts',
    message: '',
    assertionResults: [test('passed', 'one'), test('failed', 'x')],
  };
  const b = { name: '/tree/test/b.test.ts', message: '', assertionResults: [test('failed', 'y'), test('failed', 'z')] };

  it('gives the red tests in the order of the files that were named, whichever ended first', () => {
    expect(readReport(report(b, a), '/tree', FAULT.tests, '')).toEqual({
      passed: 1,
      red: [
        { file: 'test/a.test.ts', name: 'x' },
        { file: 'test/b.test.ts', name: 'y' },
        { file: 'test/b.test.ts', name: 'z' },
      ],
    });
  });

  it('is no word about a fault when a file was not run, could not be loaded, or nothing is there', () => {
    const unloadable = { ...b, message: 'no such export', assertionResults: [] };
    expect(() => readReport(report(a), '/tree', FAULT.tests, 'why')).toThrow('did not run test/b.test.ts:\nwhy');
    expect(() => readReport(report(a, unloadable), '/tree', FAULT.tests, '')).toThrow('loaded: no such export');
    expect(() => readReport('', '/tree', FAULT.tests, 'why')).toThrow('Vitest reported nothing:\nwhy');
  });
});

describe('what came of a fault', () => {
  const red = [
    { file: 'test/a.test.ts', name: 'one | two' },
    { file: 'test/b.test.ts', name: 'three' },
  ];

  it('is told with the first test that noticed it, or loudly', () => {
    expect(outcomeLines({ fault: FAULT, red })).toMatch(/^red .*\n +test\/a\.test\.ts: one \| two, and 1 more$/);
    expect(outcomeLines({ fault: FAULT, red: [] })).toMatch(
      /^GREEN .*\n +none of test\/a\.test\.ts, test\/b\.test\.ts noticed$/,
    );
  });

  it('is a row of a table that no name breaks', () => {
    expect(
      outcomeTable([{ fault: FAULT, red }])
        .split('\n')
        .at(-1),
    ).toBe('| `never-again` in `src/a.ts` | nothing is tried \\| ever | `test/a.test.ts`: one \\| two | 2 |');
    expect(outcomeTable([{ fault: FAULT, red: [] }])).toContain('| **nobody** | 0 |');
  });

  it('replaces what stood in the document, and nothing else', () => {
    const begin = '<!-- npm run test:by-hand -- --markdown -->';
    const document = `before\n${begin}\nold\n<!-- end of by hand -->\nafter`;
    const once = withOutcomes(document, '| new |');
    expect(once).toBe(`before\n${begin}\n\n| new |\n\n<!-- end of by hand -->\nafter`);
    expect(withOutcomes(once, '| new |')).toBe(once);
    expect(() => withOutcomes(begin, '')).toThrow('the document has no');
  });
});
