import { expect, it } from 'vitest';
import { route } from './a-route.ts';
import { schemaMistakes } from './schema.ts';

const rule = (rest: string) => `  - { backendRefs: [{ name: payments, port: 8080 }], ${rest} }`;

// All of these the CRD itself refused (Gateway API 1.6.1, run through the API server's own check).
it.each([
  ['retry: { attempts: 0 }', 'out of range'],
  ['retry: { codes: [399] }', 'out of range'],
  ['timeouts: { request: 1.5s }', 'timeouts.request: not '],
  ['matches: [{ method: get }]', 'method: not one of'],
  ['retries: { attempts: 1 }', 'unknown field'],
  ['name: Upper', 'name: not '],
])('the check of the tests finds %s', (rest, mistake) => {
  expect(schemaMistakes(route(rule(rest))).join()).toContain(mistake);
});

it('the check of the tests finds what only the rules of the CRD refuse', () => {
  const twice = route(`${rule('name: a')}\n${rule('name: a')}`);
  expect(schemaMistakes(twice)).toEqual(['two rules of one name']);
  const filter = '{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-a] } }';
  expect(schemaMistakes(route(rule(`filters: [${filter}, ${filter}]`)))).toEqual(['rules[0]: a filter twice']);
});
