import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cuts, JsonPieces, JsonRefused } from '../../../../src/meshes/envoy/admin/json-pieces.ts';

function read(text: string, cuts: Cuts = {}, size = Number.POSITIVE_INFINITY): unknown {
  const pieces = new JsonPieces(cuts);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) pieces.write(bytes.subarray(at, at + size));
  return pieces.end();
}

/** Takes every element of an array named `a`, and what is left. */
function taken(text: string, size?: number): { elements: unknown[]; rest: unknown } {
  const elements: unknown[] = [];
  const rest = read(text, { a: (element) => elements.push(element) - 1 }, size);
  return { elements, rest };
}

describe('JSON in pieces', () => {
  it.each<[string, string, unknown[], unknown]>([
    ['elements one by one', '{"a":[1,{"b":2},[3]],"c":4}', [1, { b: 2 }, [3]], { a: [0, 1, 2], c: 4 }],
    ['an empty array', '{"a":[ \n]}', [], { a: [] }],
    ['arrays of other names', '{"b":[1,2]}', [], { b: [1, 2] }],
    ['something else of that name', '{"a":{"b":[1]},"c":"a"}', [], { a: { b: [1] }, c: 'a' }],
    ['an array within an element', '{"a":[{"a":[1,2]},{"a":[]}]}', [1, 2, { a: [0, 1] }, { a: [] }], { a: [2, 3] }],
    [
      'brackets, quotes and colons in strings',
      '{"x":"a\\":[}","a":["],\\\\",":["]}',
      ['],\\', ':['],
      { x: 'a":[}', a: [0, 1] },
    ],
    ['an array in an array of that name', '{"a":[[1,2],[3]]}', [[1, 2], [3]], { a: [0, 1] }],
    ['a value that looks like the name', '["a",[1]]', [], ['a', [1]]],
    ['white space', ' {\n "a" : [ 1 , 2 ] } ', [1, 2], { a: [0, 1] }],
    [
      'a name like that of a prototype',
      '{"a":[{"__proto__":{"x":1}}]}',
      [JSON.parse('{"__proto__":{"x":1}}')],
      { a: [0] },
    ],
  ])('%s', (_name, text, elements, rest) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(taken(text, size)).toEqual({ elements, rest });
  });

  it('drops what is not wanted', () => {
    expect(read('{"a":[1,2,3]}', { a: (element) => (element === 2 ? 9 : undefined) })).toEqual({ a: [9] });
  });

  it('is JSON.parse, whatever the JSON and its chunks', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 1, max: 40 }), (text, size) => {
        expect(read(text, {}, size)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('gives the elements that JSON.parse gives, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 })),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(4),
        (list, size, indent) => {
          const elements: unknown[] = [];
          const text = JSON.stringify({ before: [1], cut: list, after: 'cut' }, undefined, indent);
          const rest = read(text, { cut: (element) => void elements.push(element) }, size);
          expect(elements).toEqual(JSON.parse(JSON.stringify(list)));
          expect(rest).toEqual({ before: [1], cut: [], after: 'cut' });
        },
      ),
    );
  });

  it.each([
    ['truncated in a string', '{"a":["x'],
    ['truncated between elements', '{"a":[1,'],
    ['an object closed as an array', '{"a":[1}'],
    ['closed too often', '{"a":[1]}]'],
    ['an element too few', '{"a":[1,]}'],
    ['an element missing at the start', '{"a":[,1]}'],
    ['HTML', '<html></html>'],
    ['nothing', ''],
    ['two values', '{} {}'],
  ])('refuses %s', (_name, text) => {
    for (const size of [1, 1000]) expect(() => taken(text, size)).toThrow(JsonRefused);
  });

  it('refuses what is deeper than any configuration', () => {
    expect(() => read('['.repeat(1_000_000))).toThrow('deeper than 100');
  });

  it('refuses one piece that would block for long, and takes many small ones of the same size', () => {
    const long = 'x'.repeat(1024);
    const many = JSON.stringify({ a: Array.from({ length: 4096 }, () => long) });
    expect(taken(many, 65_536).elements).toHaveLength(4096);
    expect(() => read(many, {}, 65_536)).toThrow('more than 2 MiB');
    expect(() => taken(JSON.stringify({ a: [long.repeat(4096)] }), 65_536)).toThrow('more than 2 MiB');
  });
});
