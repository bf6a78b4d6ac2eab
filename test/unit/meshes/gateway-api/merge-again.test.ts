import { describe, expect, it } from 'vitest';
import { mergedHttpRoutes } from '../../../../src/meshes/gateway-api/http-route.ts';
import { asObject, asObjects } from '../../../../src/meshes/json-shape.ts';
import {
  hashFor,
  merged,
  namesOf,
  OPTIONS,
  PARENT,
  route,
  ruleNamed,
  rulesOf,
  SETTINGS,
  serviceOf,
} from './a-route.ts';
import { schemaMistakes } from './schema.ts';

const ALL = `
  - name: all
    matches: [{ path: { type: PathPrefix, value: / } }]
    backendRefs: [{ name: payments, port: 8080 }]`;
const BEFORE = { ...SETTINGS, timeout: '7s' } as const;

describe('an HTTPRoute that was exported before', () => {
  it('replaces what was exported before, whatever its numbers, and is then the same', () => {
    const again = mergedHttpRoutes(serviceOf(), merged(ALL, BEFORE).resources, OPTIONS);
    expect(again.resources).toEqual(merged(ALL).resources);
    expect(mergedHttpRoutes(serviceOf(), again.resources, OPTIONS).resources).toEqual(again.resources);
    const retriesNothing = mergedHttpRoutes(serviceOf({ ...SETTINGS, retry: false }), again.resources, OPTIONS);
    expect(retriesNothing.resources).toEqual([route(ALL)]);
  });

  it('holds an older rule during a rollout, and offers both', () => {
    const old = hashFor(BEFORE);
    const options = { ...OPTIONS, keep: [old] };
    const first = mergedHttpRoutes(serviceOf(), merged(ALL, BEFORE).resources, options);
    expect(first.problems).toEqual([]);
    const rules = rulesOf(first.resources[0]);
    expect(namesOf(rules)).toEqual([
      `all-meshwise-sidecar-${old}`,
      'all-meshwise-sidecar',
      'all-meshwise-process',
      'all',
    ]);
    expect(rules[0]).toMatchObject({ timeouts: { request: '7500ms' } });
    expect(JSON.stringify(rules[2])).toContain(`payments/process/${hashFor()}+${old}`);
    expect(mergedHttpRoutes(serviceOf(), first.resources, options).resources).toEqual(first.resources);
    expect(mergedHttpRoutes(serviceOf(), first.resources, OPTIONS).resources).toEqual(merged(ALL).resources);
  });

  it('gives the older rule a copy for a rule that came later, which else would lose its requests to it', () => {
    const old = hashFor(BEFORE);
    const [exported = {}] = merged(ALL, BEFORE).resources;
    const canary = rulesOf(
      route(`
  - name: canary
    matches: [{ path: { type: PathPrefix, value: / }, headers: [{ name: x-user, value: beta }] }]
    backendRefs: [{ name: payments-v2, port: 8080 }]`),
    );
    const later = { ...exported, spec: { ...asObject(exported['spec']), rules: [...canary, ...rulesOf(exported)] } };
    const { resources, problems } = mergedHttpRoutes(serviceOf(), [later], { ...OPTIONS, keep: [old] });
    expect(problems).toEqual([]);
    const kept = ruleNamed(rulesOf(resources[0]), `canary-meshwise-sidecar-${old}`);
    expect(kept).toMatchObject({ timeouts: { request: '7500ms' }, backendRefs: [{ name: 'payments-v2' }] });
    expect(asObjects(kept['matches']).map(({ method }) => method)).toEqual(['GET']);
  });

  it('does not keep what it writes anew', () => {
    const current = merged(ALL).resources;
    const options = { ...OPTIONS, keep: [hashFor()] };
    expect(mergedHttpRoutes(serviceOf(), current, options)).toMatchObject({ resources: current, problems: [] });
  });
});

describe('a merge that is refused', () => {
  const many = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => `
  - matches: [{ path: { type: PathPrefix, value: /${index} } }]
    backendRefs: [{ name: payments, port: 8080 }]`,
    ).join('');
  it.each([
    ['one that is bound to a gateway, too', route(ALL, `${PARENT}, { name: public }`), 'the Gateway public: strangers'],
    [
      'one of several Services',
      route(ALL, `${PARENT}, { group: "", kind: Service, name: orders, port: 80 }`),
      'the Service orders:80, too',
    ],
    ['more rules than a route may have', route(many(6)), 'would have 18 rules'],
    ['a name that is taken', route(`${ALL}${ALL.replace('/ }', '/b }')}`), 'two rules of the name all'],
  ])('refuses %s', (_name, existing, message) => {
    const { problems } = mergedHttpRoutes(serviceOf(), [existing], OPTIONS);
    expect(problems.map((problem) => problem.message).join()).toContain(message);
  });

  it('refuses more matches than a rule or a route may have', () => {
    const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'];
    const settings = { ...SETTINGS, retry: { methods } };
    const matches = (count: number) =>
      Array.from({ length: count }, (_, index) => `{ path: { type: Exact, value: /${index} } }`).join(', ');
    const existing = (count: number) =>
      route(`  - { name: all, matches: [${matches(count)}], backendRefs: [{ name: payments, port: 8080 }] }`);
    const refused = mergedHttpRoutes(serviceOf(settings), [existing(17)], OPTIONS);
    expect(refused.problems.map(({ message }) => message)).toEqual([
      'would have 136 matches, and a route may have 128: split it first',
      'would have a rule of 102 matches, and it may have 64: split it first',
    ]);
    const fits = mergedHttpRoutes(serviceOf(settings), [existing(10)], OPTIONS);
    expect([fits.problems, fits.resources.flatMap(schemaMistakes)]).toEqual([[], []]);
  });

  it('refuses to keep a rule that is not there', () => {
    const keep = ['0a0b0c0d'];
    for (const existing of [[route(ALL)], []]) {
      const { problems } = mergedHttpRoutes(serviceOf(), existing, { ...OPTIONS, keep });
      expect(problems).toEqual([
        { path: '--keep 0a0b0c0d', message: expect.stringContaining('no rule with this hash') },
      ]);
    }
  });
});
