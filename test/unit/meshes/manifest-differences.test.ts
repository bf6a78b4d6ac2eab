import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/meshes/envoy/json.ts';
import { differences } from '../../../src/meshes/manifest-differences.ts';

describe('the differences of two manifests', () => {
  const rules = (...names: (string | undefined)[]) => names.map((name) => ({ ...(name && { name }), a: 1 }));
  it.each<[string, Json, Json, string[]]>([
    ['nothing', { a: [{ b: 1 }], c: null }, { c: null, a: [{ b: 1 }] }, []],
    ['a number', { a: { b: 3 } }, { a: { b: 2 } }, ['a.b: 3, and should be 2']],
    ['what is missing', {}, { a: 'x' }, ['a: not there, and should be "x"']],
    ['what is too much', { a: [1] }, {}, ['a: [1], and should be not there']],
    ['another kind of value', { a: [1] }, { a: { b: 1 } }, ['a: [1], and should be {"b":1}']],
    ['a rule by its name', [{ name: 'x', a: 1 }], [{ name: 'x', a: 2 }], ['[x].a: 1, and should be 2']],
    ['rules by their names', rules('b', undefined), rules('a', 'b', undefined), ['[a]: is missing']],
    ['rules that should not be there', rules('a', 'b'), rules('b'), ['[a]: should not be there']],
    ['a rule without a name by its place', [{ a: 1 }, { a: 1 }], [{ a: 1 }, { a: 2 }], ['[1].a: 1, and should be 2']],
    [
      'rules without names from the end',
      [{ a: 2 }],
      [{ a: 1 }, { a: 3 }],
      ['[0]: is missing', '[0].a: 2, and should be 3'],
    ],
    ['a rule without a name that should not be there', [{ a: 1 }, { a: 2 }], [{ a: 2 }], ['[0]: should not be there']],
    ['lists without names', [1, 2], [1], ['[1]: 2, and should be not there']],
    ['names that stand there twice', rules('a', 'a'), rules('a'), ['[1]: {"name":"a","a":1}, and should be not there']],
    ['a long value, cut', {}, { a: 'x'.repeat(200) }, [`a: not there, and should be "${'x'.repeat(116)}…`]],
  ])('%s', (_name, found, wanted, expected) => {
    expect(differences(found, wanted)).toEqual(expected);
  });
});
