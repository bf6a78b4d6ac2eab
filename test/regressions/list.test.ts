import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const LIST = new URL('../../docs/regressions.md', import.meta.url);
const text = readFileSync(LIST, 'utf8');

interface Mention {
  readonly row: string;
  /** The file's path. */
  readonly file: string;
  readonly name: string;
}

/** `[file]: path` at the end of the list. */
const files = new Map(
  [...text.matchAll(/^\[([\w-]+)\]: (\S+)$/gm)].map(([, label = '', path = '']) => [
    label,
    fileURLToPath(new URL(path, LIST)),
  ]),
);

/** Every line of every table, without heads and rules. */
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!(row|what) \|)/.test(line))
  .map((line) => line.slice(1, -1).split('|'))
  .map((cells) => ({ row: cells[0]?.trim() ?? '', here: cells[2] ?? '', tests: cells.at(-1)?.trim() ?? '' }));

/** In a cell a file's label stands for all names after it. */
const mentions: readonly Mention[] = rows.flatMap(({ row, tests }) => {
  let file = '';
  return [...tests.matchAll(/\[([\w-]+)\]|`([^`]+)`/g)].flatMap(([, label, name]) => {
    if (label !== undefined) file = files.get(label) ?? `no file: ${label}`;
    return name === undefined ? [] : [{ row, file, name }];
  });
});

/** What tests and groups are called in a file; those of `.each(…)(` stand with their `%s`. */
function namesIn(file: string): readonly { readonly group: boolean; readonly name: string }[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/(\bit|\bdescribe|\))\(\s*(['"`])((?:(?!\2).)+)\2,\s*(?:async\s*)?\(/g)].map(
    ([, opening, , name = '']) => ({ group: opening === 'describe', name: name.replaceAll('’', "'") }),
  );
}

it('is read: there are rows, names and files', () => {
  expect(rows.length).toBeGreaterThan(80);
  expect(mentions.length).toBeGreaterThan(100);
  expect(files.size).toBeGreaterThan(20);
});

it('names tests that exist, in the files where it says', () => {
  const known = new Map([...files.values()].map((file) => [file, new Set(namesIn(file).map(({ name }) => name))]));
  expect(mentions.filter(({ file, name }) => !known.get(file)?.has(name))).toEqual([]);
});

it('has a test in each row, or the reason why the fault cannot occur', () => {
  expect(rows.filter(({ here, tests }) => tests === '' && !here.includes('cannot occur'))).toEqual([]);
});

it('uses every file that it links', () => {
  const used = new Set(mentions.map(({ file }) => file));
  expect([...files.values()].filter((file) => !used.has(file))).toEqual([]);
});

it('names every test of test/regressions', () => {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const named = new Set(mentions.map(({ file, name }) => `${file} ${name}`));
  const files = readdirSync(here).filter((name) => name.endsWith('.test.ts') && name !== 'list.test.ts');
  const unnamed = files.flatMap((file) =>
    namesIn(here + file).filter(({ group, name }) => !group && !named.has(`${here}${file} ${name}`)),
  );
  expect(unnamed).toEqual([]);
});
