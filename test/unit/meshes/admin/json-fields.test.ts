import { expect, it } from 'vitest';
import {
  duration,
  field,
  fieldAt,
  list,
  name,
  number,
  percent,
  typeOf,
} from '../../../../src/meshes/envoy/admin/json-fields.ts';

it.each<[string, unknown, unknown]>([
  ['seconds', duration('2s'), 2_000],
  ['a fraction', duration('0.250s'), 250],
  ['zero', duration('0s'), 0],
  ['microseconds', duration('0.000001s'), 0.001],
  ['a day', duration('86400s'), 86_400_000],
  ['a negative duration', duration('-1s'), undefined],
  ['another unit', duration('5ms'), undefined],
  ['a number for a duration', duration(5), undefined],
  ['a number', number(5), 5],
  ['a 64-bit integer', number('5'), 5],
  ['a word', number('five'), undefined],
  ['an empty string', number(''), undefined],
  ['not finite', number(Number.NaN), undefined],
  ['percent', percent({ value: 1 }), 1],
  ['percent that was left out', percent({}), 0],
  ['no percent', percent(undefined), undefined],
  ['a list', list([1]), [1]],
  ['no list', list({ length: 1 }), []],
  ['a type', typeOf({ '@type': 'type.googleapis.com/a.b.C' }), 'a.b.C'],
  ['no type', typeOf({ '@type': 7 }), ''],
  ['a name', name('outbound|8080||payments'), 'outbound|8080||payments'],
  ['a name of two lines', name('a\nb'), undefined],
  ['a name that changes the direction of writing', name('a\u202eb'), undefined],
  ['an own field', field({ a: 1 }, 'a'), 1],
  ['an inherited one', field({}, 'toString'), undefined],
  ['one of a list', field([1], 'length'), undefined],
  ['along a path', fieldAt({ a: { b: 1 } }, 'a', 'b'), 1],
  ['along a path that ends early', fieldAt({ a: null }, 'a', 'b'), undefined],
])('%s', (_name, found, expected) => {
  expect(found).toEqual(expected);
});
