import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { ARMS } from '../../src/compare/arms/arm.ts';
import { FAULT_KINDS } from '../../src/compare/scenario/fault-schema.ts';
import { builtInScenarios } from '../../src/compare/scenario/load-scenarios.ts';
import { QUESTIONS } from '../../src/compare/scenario/scenario.ts';
import { parseScenarioFile } from '../../src/compare/scenario/scenario-file.ts';
import { ConfigError, type Problem } from '../../src/policy/config-error.ts';
import { codeSpans, partOf, readDocument, tableRows } from './documents.ts';

const REFERENCE = readDocument('docs/reference/scenarios.md');

/** A file that is right, in which every part is there. */
const LEAST = { name: 'a', title: 'A', shows: 'What?', questions: ['attempts'], arms: ['bare'] };
const LOAD = { rate: 1, for: '1s' };

function problemsOf(input: object): readonly Problem[] {
  try {
    parseScenarioFile(input, 'a');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function isTable(row: readonly string[], head: string): boolean {
  return row[0] === head;
}

/** The tables below a heading, by the first cell of their heads; the first words in `backticks` and the second cell. */
function tables(title: string): readonly ReadonlyMap<string, string>[] {
  const found: Map<string, string>[] = [];
  for (const row of tableRows(partOf(REFERENCE, title))) {
    if (['field', 'kind', 'question', 'arm'].some((head) => isTable(row, head))) found.push(new Map());
    else found.at(-1)?.set(codeSpans(row[0] ?? '')[0] ?? '', row[1] ?? '');
  }
  return found;
}

function table(title: string, index = 0): ReadonlyMap<string, string> {
  const found = tables(title)[index];
  if (found === undefined) throw new Error(`no table ${index} below ${title}`);
  return found;
}

/** What the schema takes there, by its own words: an unknown key is answered with the known ones. */
function known(input: object): readonly string[] {
  const lists = problemsOf(input).map(({ message }) => /known are (.*)$/.exec(message)?.[1]);
  return lists.find((list) => list !== undefined)?.split(/, | and /) ?? [];
}

const UNKNOWN = { '?': 1 };
const PARTS: readonly (readonly [string, number, object])[] = [
  ['The file', 0, { ...LEAST, load: LOAD, ...UNKNOWN }],
  ['`upstream`', 0, { ...LEAST, load: LOAD, upstream: UNKNOWN }],
  ['`load`', 0, { ...LEAST, load: { ...LOAD, ...UNKNOWN } }],
  ['`load`', 1, { ...LEAST, load: { ...LOAD, bursts: [UNKNOWN] } }],
  ['Several scenarios in one file', 0, { ...LEAST, load: LOAD, matrix: { a: UNKNOWN } }],
];

describe('the reference of scenarios', () => {
  it.each(PARTS)('%s, table %i, has the fields of the schema', (title, index, input) => {
    const fields = known(input);
    expect(fields.length).toBeGreaterThan(1);
    expect([...table(title, index).keys()].sort()).toEqual(fields.toSorted());
  });

  it('has every kind of fault with its fields', () => {
    const [kinds, fields] = tables('Faults');
    expect([...(kinds?.keys() ?? [])]).toEqual(FAULT_KINDS);
    const rows = tableRows(partOf(REFERENCE, 'Faults'));
    for (const kind of FAULT_KINDS) {
      const row = rows.find(([cell = '']) => codeSpans(cell)[0] === kind);
      const taken = known({ ...LEAST, load: LOAD, faults: [{ kind, ...UNKNOWN }] });
      expect(['kind', ...codeSpans(row?.[2] ?? '')].sort(), kind).toEqual(taken.toSorted());
    }
    const all = new Set(FAULT_KINDS.flatMap((kind) => known({ ...LEAST, load: LOAD, faults: [{ kind, ...UNKNOWN }] })));
    expect([...(fields?.keys() ?? [])].sort()).toEqual([...all].sort());
  });

  it.each([
    ['The file', 0, {}, ['policy', 'upstream', 'grace', 'matrix', 'variants', 'short']],
    ['`upstream`', 0, { path: 'upstream' }, []],
    ['`load`', 0, { path: 'load' }, []],
  ] as const)('%s, table %i, has the defaults of the code', (title, index, { path }: { path?: string }, others) => {
    const [scenario] = parseScenarioFile({ ...LEAST, load: LOAD }, 'a').full;
    const defaults = (path === undefined ? scenario : scenario?.[path as 'load']) as unknown as Record<string, unknown>;
    let compared = 0;
    for (const [field, cell] of table(title, index)) {
      const [written] = codeSpans(cell);
      if (!/^`[^`]+`$/.test(cell) || (others as readonly string[]).includes(field)) continue;
      const value: unknown = written === '0s' ? 0 : parseYaml(written ?? '');
      // `false` is how a file says that there is none.
      expect(defaults[field] ?? false, field).toEqual(value);
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(4);
  });

  it('says what is required', () => {
    const missing = problemsOf({}).map(({ path }) => path);
    const file = [...table('The file')].filter(([, cell]) => cell === 'required').map(([field]) => field);
    expect(file.toSorted()).toEqual(missing.toSorted());
    const loads = problemsOf({ ...LEAST, load: {} }).map(({ path }) => path);
    expect(loads).toEqual(['load.rate', 'load']);
  });

  it('has every question and every arm, with what it is', () => {
    expect([...table('Questions').keys()]).toEqual(QUESTIONS);
    expect([...table('Arms')].map(([name, what]) => [name, what.trim()])).toEqual(
      ARMS.map(({ name, what }) => [name, what]),
    );
  });

  it('shows an example that parses', () => {
    const [example] = REFERENCE.blocks.filter(({ language }) => language === 'yaml');
    const file = parseScenarioFile(parseYaml(example?.code ?? '', { version: '1.2' }), 'the example');
    expect(file.full.map(({ name }) => name)).toEqual(['slow-checkout/limit=0', 'slow-checkout/limit=2']);
  });

  it.each(REFERENCE.blocks.filter(({ language }) => language === 'yaml').slice(1))(
    'shows parts that fit into a file, in line $line',
    ({ code }) => {
      const part: unknown = parseYaml(code, { version: '1.2' });
      const limit = { path: 'policy.retry.limit', values: [1, 2] };
      const file = {
        ...LEAST,
        load: LOAD,
        faults: [{ kind: 'hang' }],
        ...(code.startsWith('short') && { matrix: { limit } }),
      };
      expect(problemsOf({ ...file, ...(part as object) })).toEqual([]);
    },
  );

  it('shows the mistakes as they are told', () => {
    const [shown] = REFERENCE.blocks.filter(
      ({ language, code }) => language === '' && code.startsWith('slow-checkout'),
    );
    const example = parseYaml(REFERENCE.blocks.find(({ language }) => language === 'yaml')?.code ?? '') as object;
    const mistaken = {
      ...example,
      arms: ['bare', 'bare-again', 'proces'],
      policy: { timeout: '2s', retry: { perTryTimout: '100ms' } },
    };
    const lines = shown?.code.trim().split('\n').slice(1) ?? [];
    const told = problemsOf(mistaken).map(({ path, message }) => `  - ${path}: ${message}`);
    expect(told).toHaveLength(lines.length);
    for (const line of lines) {
      const [start = '', end = ''] = line.split('…');
      expect(
        told.some((full) => full.startsWith(start) && full.endsWith(end)),
        line,
      ).toBe(true);
    }
  });

  it('names only scenarios that are there', () => {
    const builtIn = builtInScenarios('full').map(({ name }) => name);
    const mentioned = [...REFERENCE.text.matchAll(/`([\w-]+\/[\w=.,-]+)`/g)].map(([, name = '']) => name);
    expect(mentioned).toHaveLength(4);
    expect(mentioned.filter((name) => !builtIn.includes(name))).toEqual([]);
  });
});
