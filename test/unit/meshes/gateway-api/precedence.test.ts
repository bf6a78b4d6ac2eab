import { describe, expect, it } from 'vitest';
import { mergedHttpRoutes } from '../../../../src/meshes/gateway-api/http-route.ts';
import { OPTIONS, route, serviceOf } from './a-route.ts';

const BACKEND = 'backendRefs: [{ name: payments, port: 8080 }]';
const rule = (name: string, match: string) => `
  - name: ${name}
    matches: [{ path: { type: PathPrefix, value: / }, ${match} }]
    ${BACKEND}`;
const HEADER = 'headers: [{ name: x-user, value: beta }]';
const problemsOf = (...rules: string[]) =>
  mergedHttpRoutes(serviceOf(), [route(rules.join(''))], OPTIONS).problems.map(({ path }) => path);

describe('the most specific match takes a request, and not the first one', () => {
  it('so the copy of a rule for a method loses to that of a rule for a header: refused', () => {
    expect(problemsOf(rule('reads', 'method: GET'), rule('canary', HEADER))).toEqual([
      'HTTPRoute shop/payments, the rule reads',
    ]);
    expect(problemsOf(rule('canary', HEADER), rule('reads', 'method: GET'))).toEqual([
      'HTTPRoute shop/payments, the rule reads',
    ]);
  });

  it('so the copies of a rule behind a redirect by header would take its requests: refused', () => {
    const redirect = rule('moved', HEADER).replace(
      BACKEND,
      'filters: [{ type: RequestRedirect, requestRedirect: { statusCode: 301 } }]',
    );
    expect(problemsOf(redirect, rule('all', ''))).toEqual(['HTTPRoute shop/payments, the rule moved']);
  });

  it.each([
    ['the same method in both', rule('reads', `method: GET, ${HEADER}`), rule('all', 'method: GET')],
    ['methods that exclude each other', rule('writes', 'method: POST'), rule('canary', `method: GET, ${HEADER}`)],
    [
      'headers that exclude each other',
      rule('reads', 'method: GET, headers: [{ name: x-user, value: beta }]'),
      rule('others', 'headers: [{ name: X-User, value: alpha }, { name: x-b, value: c }]'),
    ],
    [
      'paths that exclude each other',
      rule('reads', 'method: GET').replace('value: / }', 'value: /a }'),
      rule('canary', HEADER).replace('value: / }', 'value: /b }'),
    ],
    ['a longer path', rule('reads', 'method: GET').replace('value: / }', 'value: /a }'), rule('canary', HEADER)],
  ])('is kept by %s', (_name, one, other) => {
    expect(problemsOf(one, other)).toEqual([]);
    expect(problemsOf(other, one)).toEqual([]);
  });

  it('is not known between equals of two routes, which age tells apart: both stay equal, or it is refused', () => {
    const routes = (one: string, other: string) => [route(one, undefined, 'one'), route(other, undefined, 'other')];
    const same = mergedHttpRoutes(serviceOf(), routes(rule('a', ''), rule('a', '')), OPTIONS);
    expect(same.problems).toEqual([]);
    const wider = rule('a', '').replace('value: / }', 'value: /a }');
    const narrowed = mergedHttpRoutes(
      { ...serviceOf(), upstreams: serviceOf(undefined, ['/a/b']).upstreams },
      routes(wider, rule('a', '')),
      OPTIONS,
    );
    expect(narrowed.problems[0]).toMatchObject({ path: 'HTTPRoute shop/one, the rule a' });
    const inOne = mergedHttpRoutes(
      { ...serviceOf(), upstreams: serviceOf(undefined, ['/a/b']).upstreams },
      [route(`${wider}${rule('b', '')}`)],
      OPTIONS,
    );
    expect(inOne.problems).toEqual([]);
  });
});
