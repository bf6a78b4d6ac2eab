import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScenarioFile } from '../../../../src/compare/scenario/scenario-file.ts';
import { LEAST, mistakesOf, RANDOM, scenariosOf } from './a-scenario.ts';

const P = { path: 'faults.0.probability', values: [0.1, 0.3] };
const LIMIT = { path: 'policy.retry.limit', values: [1, 2, 3] };
const HANG = [{ kind: 'hang' }];

function names(fields: object, profile?: 'full' | 'short'): string[] {
  return scenariosOf(fields, profile).map(({ name }) => name);
}

describe('a matrix', () => {
  it('makes every combination, in the order in which it is written', () => {
    const scenarios = scenariosOf({ faults: HANG, matrix: { p: P, limit: LIMIT } });
    expect(scenarios.map(({ name }) => name)).toEqual([
      'a/p=0.1,limit=1',
      'a/p=0.1,limit=2',
      'a/p=0.1,limit=3',
      'a/p=0.3,limit=1',
      'a/p=0.3,limit=2',
      'a/p=0.3,limit=3',
    ]);
    expect(scenarios.map(({ family }) => family)).toEqual(Array(6).fill('a'));
    expect(scenarios[4]).toMatchObject({
      variant: { p: '0.3', limit: '2' },
      faults: [{ kind: 'hang', when: { probability: 0.3 } }],
      policy: { retry: { limit: 2 } },
    });
  });

  it('sets words, durations and booleans, where nothing stood, too', () => {
    const matrix = {
      wait: { path: 'policy.retry.perTryTimeout', values: ['100ms', false] },
      method: { path: 'load.method', values: ['GET', 'PUT'] },
    };
    expect(names({ policy: { retry: false }, matrix })).toEqual([
      'a/wait=100ms,method=GET',
      'a/wait=100ms,method=PUT',
      'a/wait=false,method=GET',
      'a/wait=false,method=PUT',
    ]);
    expect(scenariosOf({ policy: { retry: false }, matrix })[0]?.policy).toEqual({
      upstream: 'payments',
      retry: { perTryTimeout: '100ms' },
    });
  });

  it.each<[object, string[]]>([
    [[], ['matrix: must be an object of { path, values } by label, not an array']],
    [{}, ['matrix: must hold at least one']],
    [{ p: 1 }, ['matrix.p: must be an object { path, values }, not 1']],
    [{ p: {} }, ['matrix.p.path: must be set', 'matrix.p.values: must be set']],
    [{ p: { ...P, values: 1 } }, ['matrix.p.values: must be a list of values, not 1']],
    [{ p: { ...P, values: [] } }, ['matrix.p.values: must hold at least one value']],
    [{ p: { ...P, values: [[1]] } }, ['matrix.p.values[0]: must be a number, true, false or a word, not an array']],
    [{ p: { ...P, values: ['a,b=c'] } }, ['matrix.p.values[0]: must be a number, true, false or a word, not "a,b=c"']],
    [{ p: { ...P, values: [1, '1'] } }, ['matrix.p.values: must not hold a value twice']],
    [{ p: { ...P, path: 'a..b' } }, ['matrix.p.path: must be a path such as policy.retry.limit, not "a..b"']],
    [
      { 'a/b': P },
      [
        'matrix["a/b"]: the label must be 1 to 40 letters, digits, dots, dashes or underscores, the first a letter or digit, not "a/b"',
      ],
    ],
    [{ p: { ...P, path: 'faults.1.probability' } }, ['matrix.p: faults.1.probability leads past the end of a list']],
    [{ p: { ...P, path: 'faults.x' } }, ['matrix.p: faults.x leads past the end of a list']],
    [{ p: { ...P, path: 'polcy.timeout' } }, ['matrix.p: polcy is not known here; did you mean policy?']],
    [
      { p: { path: 'policy.retry.limt', values: [1, 2] } },
      ['matrix.p: policy.retry.limt is not known here; did you mean limit?'],
    ],
    [
      { p: { path: 'policy.retyr.limit', values: [1] } },
      ['matrix.p: policy.retyr is not known here; did you mean retry?'],
    ],
    [
      { p: { path: 'name', values: ['b'] } },
      [
        'matrix.p: name is not known here; known are title, shows, questions, arms, rounds, grace, policy, sidecarPolicy, stockEjection, upstream, tiers, faults, load and neighbour',
      ],
    ],
    [
      { limit: { path: 'policy.retry.limit', values: [1, 200, 300] } },
      [
        'matrix.limit: policy.retry.limit must be an integer from 0 to 100, not 200',
        'matrix.limit: policy.retry.limit must be an integer from 0 to 100, not 300',
      ],
    ],
    [{ p: LIMIT, q: LIMIT }, ['matrix.q.path: sets what matrix.p sets']],
    [{ p: LIMIT, q: { path: 'policy.retry', values: [false] } }, ['matrix.q.path: sets what matrix.p sets']],
    [
      { p: { path: 'load.rate', values: Array.from({ length: 101 }, (_, index) => index + 1) } },
      ['matrix: makes 101 scenarios with the variants; at most 100'],
    ],
    [
      { end: { path: 'faults.0.to', values: ['1s', '3s'] } },
      [
        'matrix.end: faults[0].to must be within the load, which ends at 2s, not 3s; without to a fault lasts to the end',
      ],
    ],
  ])('is refused: %j', (matrix, lines) => {
    expect(mistakesOf({ faults: HANG, matrix })).toEqual(lines);
  });

  it('may set what the file leaves out, and what a mistake leaves unset is not told besides', () => {
    const { rate: _, ...load } = LEAST.load;
    const rate = { path: 'load.rate', values: [1, 2] };
    expect(names({ load, matrix: { rate } })).toEqual(['a/rate=1', 'a/rate=2']);
    expect(mistakesOf({ load, matrix: { rate: { ...rate, values: [] } } })).toEqual([
      'matrix.rate.values: must hold at least one value',
    ]);
  });

  it('tells a mistake of the file once, and one of some combinations with the first of them', () => {
    const rate = { path: 'load.rate', values: [10, 5000] };
    expect(mistakesOf({ rounds: 0, matrix: { rate } })).toEqual(['rounds: must be an integer from 1 to 100, not 0']);
    expect(mistakesOf({ grace: '5s', matrix: { rate } })).toEqual([
      'grace: 5s at 5000 calls per second may leave 25000 calls open at once; at most 20000 (in rate=5000)',
    ]);
  });

  it('has a name of its own for every scenario, whatever the labels and their order', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/);
    const value = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.boolean(), word);
    const paths = fc.shuffledSubarray(['title', 'shows', 'rounds', 'tiers'], { minLength: 1 });
    const axes = fc
      .record({ paths, labels: fc.uniqueArray(word, { minLength: 4, maxLength: 4 }) })
      .chain(({ paths, labels }) =>
        fc.tuple(
          ...paths.map((path, index) =>
            fc
              .uniqueArray(valuesOf(path, value), { selector: String, minLength: 1, maxLength: 2 })
              .map((values) => [labels[index] ?? '', { path, values }] as const),
          ),
        ),
      );
    const variants = fc.option(fc.uniqueArray(word, { minLength: 1, maxLength: 2 }), { nil: undefined });
    fc.assert(
      fc.property(axes, variants, (entries, named) => {
        const matrix = Object.fromEntries(entries);
        const file = parseScenarioFile(
          { ...LEAST, matrix, ...(named && { variants: Object.fromEntries(named.map((name) => [name, {}])) }) },
          'a.yaml',
        );
        const expected = entries.reduce((count, [, { values }]) => count * values.length, named?.length ?? 1);
        expect(new Set(file.full.map(({ name }) => name)).size).toBe(expected);
        expect(new Set(file.full.map(({ variant }) => JSON.stringify(variant))).size).toBe(expected);
      }),
    );
  });
});

function valuesOf(path: string, text: fc.Arbitrary<unknown>): fc.Arbitrary<string | number> {
  if (path === 'rounds') return fc.integer({ min: 1, max: 100 });
  if (path === 'tiers') return fc.integer({ min: 1, max: 5 });
  return text.map((value) => `x${value}`);
}

describe('variants', () => {
  const variants = {
    naive: { policy: { retry: { budget: false }, circuitBreaker: false }, arms: ['process'] },
    protected: { title: 'B', faults: HANG },
  };

  it('are laid over the file: objects key by key, lists as a whole', () => {
    const file = { policy: { retry: { limit: 3 } }, faults: [{ kind: 'half-body' }, { kind: 'hang' }], variants };
    const [naive, guarded, ...others] = scenariosOf(file);
    expect(others).toEqual([]);
    expect(naive).toMatchObject({
      name: 'a/naive',
      variant: { variant: 'naive' },
      policy: { retry: { limit: 3, budget: false }, circuitBreaker: false },
      arms: ['process'],
      title: 'A',
      faults: [{ kind: 'half-body' }, { kind: 'hang' }],
    });
    expect(guarded).toMatchObject({ name: 'a/protected', title: 'B', policy: { retry: { limit: 3 } }, arms: ['bare'] });
    expect(guarded?.faults).toHaveLength(1);
  });

  it('each get every combination of the matrix', () => {
    expect(names({ variants, matrix: { tiers: { path: 'rounds', values: [1, 2] } } })).toEqual([
      'a/naive,tiers=1',
      'a/naive,tiers=2',
      'a/protected,tiers=1',
      'a/protected,tiers=2',
    ]);
  });

  it.each<[object, string[]]>([
    [{ variants: [] }, ['variants: must be an object of what differs, by name, not an array']],
    [{ variants: { x: 1 } }, ['variants.x: must be an object of what differs, not 1']],
    [{ variants: { x: { rounds: 0 }, y: {} } }, ['variants.x.rounds: must be an integer from 1 to 100, not 0']],
    [{ variants: { x: { runds: 1 } } }, ['variants.x.runds: is not known here; did you mean rounds?']],
    [
      { variants: { x: { faults: [{ kind: 'delay' }] }, y: {} }, faults: [{ kind: 'delay', by: 1 }] },
      ['variants.x.faults[0].by: must be set'],
    ],
    [
      { variants: { x: { load: { rate: 1 } }, y: {} }, load: { rate: 0, for: 1 } },
      ['load.rate: must be a number from 1 to 10000, not 0 (in y)'],
    ],
    [
      { variants: { x: { policy: { timeout: '1s' } }, y: {} }, policy: { retry: { perTryTimeout: '2s' } } },
      ['policy.retry.perTryTimeout: 2s must not exceed timeout 1s (in x)'],
    ],
  ])('are refused: %j', (fields, lines) => {
    expect(mistakesOf(fields)).toEqual(lines);
  });

  it('are not blamed for what every object has', () => {
    const [line, ...others] = mistakesOf({ policy: { toString: 1 }, variants: { x: { policy: {} } } });
    expect(line).toMatch(/^policy\.toString: is not known here/);
    expect(others).toEqual([]);
  });

  it('may bring what the file lacks', () => {
    const { arms: _, ...rest } = LEAST;
    const variants = { x: { arms: ['process'] }, y: { arms: ['sidecar'] } };
    const { full } = parseScenarioFile({ ...rest, variants }, 'a.yaml');
    expect(full.map(({ arms }) => arms)).toEqual([['process'], ['sidecar']]);
  });
});

describe('the short profile', () => {
  it('is not there unless it is asked for', () => {
    expect(parseScenarioFile(LEAST, 'a.yaml').short).toBeUndefined();
    expect(names({ short: {} }, 'short')).toEqual(['a']);
  });

  it('is laid over the file, the values of the matrix included', () => {
    const file = { faults: HANG, rounds: 5, matrix: { p: P, limit: LIMIT } };
    const short = { rounds: 1, load: { for: '1s' }, matrix: { limit: { values: [2] } } };
    expect(names({ ...file, short }, 'short')).toEqual(['a/p=0.1,limit=2', 'a/p=0.3,limit=2']);
    expect(scenariosOf({ ...file, short }, 'short')[0]).toMatchObject({ rounds: 1, load: { rate: 100, calls: 100 } });
    expect(names({ ...file, short })).toHaveLength(6);
  });

  it('chooses among the variants', () => {
    const variants = { x: {}, y: {}, z: {} };
    expect(names({ variants, short: { variants: ['z', 'x'] } }, 'short')).toEqual(['a/x', 'a/z']);
    expect(names({ variants, short: {} }, 'short')).toEqual(['a/x', 'a/y', 'a/z']);
  });

  it.each<[object, string[]]>([
    [{ short: true }, ['short: must be an object of what differs in the short profile, not true']],
    [{ short: { rounds: 0 } }, ['short.rounds: must be an integer from 1 to 100, not 0']],
    [{ short: { runds: 1 } }, ['short.runds: is not known here; did you mean rounds?']],
    [{ short: { name: 'b' } }, ['short.name: must not differ in the short profile']],
    [{ short: { short: {} } }, ['short.short: has no meaning within short']],
    [{ short: { variants: ['x'] } }, ['short.variants: must not be set: the file has no variants to choose from']],
    [{ variants: { x: {} }, short: { variants: ['y'] } }, ['short.variants: must be among x, not y']],
    [{ variants: { x: {} }, short: { variants: [] } }, ['short.variants: must name at least one variant']],
    [
      { variants: { x: {} }, short: { variants: 'x' } },
      ['short.variants: must be a list of names of variants, not "x"'],
    ],
    [
      { short: { load: { for: '1s' } }, faults: [{ kind: 'hang', to: '1500ms' }] },
      [
        'faults[0].to: must be within the load, which ends at 1s, not 1s500ms; without to a fault lasts to the end (in short)',
      ],
    ],
    [
      { matrix: { p: P }, faults: HANG, short: { matrix: { p: { values: [30] } } } },
      ['matrix.p: faults[0].probability must be a number above 0 and at most 1, not 30'],
    ],
    [
      { matrix: { p: P }, faults: HANG, short: { matrix: { p: { values: [] } } } },
      ['short.matrix.p.values: must hold at least one value'],
    ],
  ])('is refused: %j', (fields, lines) => {
    expect(mistakesOf(fields)).toEqual(lines);
  });

  it('tells a mistake that both profiles share once', () => {
    expect(mistakesOf({ ...RANDOM, rounds: 0, short: { arms: ['process'] } })).toEqual([
      'rounds: must be an integer from 1 to 100, not 0',
    ]);
  });
});
