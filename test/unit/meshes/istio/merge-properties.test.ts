import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { patchedRules } from '../../../../src/meshes/istio/patched-rules.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { schemaMistakes } from './schema.ts';

const word = fc.constantFrom('a', 'b', 'GET', 'POST', '/a', '/a/b', 'x-user');
const text = fc.oneof(
  word.map((exact) => ({ exact })),
  word.map((prefix) => ({ prefix })),
  word.map((regex) => ({ regex })),
);
const operations = fc.record(
  { set: fc.dictionary(word, word), add: fc.dictionary(word, word), remove: fc.array(word, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const action = fc.oneof(
  { weight: 4, arbitrary: word.map((host) => ({ route: [{ destination: { host } }] })) },
  { weight: 1, arbitrary: fc.constant({ redirect: { uri: '/' } }) },
  { weight: 1, arbitrary: fc.constant({ directResponse: { status: 200 } }) },
);
const rule: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.record(
      {
        name: fc.constantFrom('canary', 'all', 'rest'),
        match: fc.array(
          fc.record(
            { uri: text, method: text, headers: fc.dictionary(fc.constantFrom('x-user', 'x-b'), text) },
            { requiredKeys: [] },
          ),
          { minLength: 1, maxLength: 3 },
        ),
        headers: fc.record({ request: operations, response: operations }, { requiredKeys: [] }),
        retries: fc.record({ attempts: fc.nat(5) }),
        timeout: fc.constantFrom('1s', '300ms'),
        rewrite: fc.record({ uri: word }),
        mirror: fc.record({ host: word }),
      },
      { requiredKeys: [] },
    ),
    action,
  )
  .map(([own, does]) => ({ ...own, ...does }) as JsonObject);

const options = fc.record({ caller: fc.constant(''), keep: fc.constant([]), forEveryone: fc.boolean() });
const paths = fc.constantFrom<readonly string[]>([], ['/a'], ['/a/b', '/c']);
const settings: fc.Arbitrary<PolicyInput> = fc
  .record({
    timeout: fc.constantFrom<'2s' | false>('2s', false),
    streaming: fc.constantFrom<'auto' | boolean>('auto', true, false),
  })
  .map((own) => ({ upstream: 'payments', ...own }));

const OURS = new Set(['name', 'match', 'headers', 'retries', 'timeout']);
const does = (of: JsonObject) => Object.fromEntries(Object.entries(of).filter(([field]) => !OURS.has(field)));

describe('patched rules', () => {
  it('keep every rule as it was and in its order, and copies do what the rule behind them does', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), settings, paths, options, (existing, input, below, how) => {
        const { rules } = patchedRules(existing, [{ policy: parsePolicy(input), paths: below }], how);
        expect(rules.filter((one) => existing.includes(one))).toEqual(existing);
        let copies: JsonObject[] = [];
        for (const one of rules) {
          if (!existing.includes(one)) copies.push(one);
          else {
            for (const copy of copies) expect(does(copy)).toEqual(does(one));
            copies = [];
          }
        }
        expect(copies).toEqual([]);
        expect(schemaMistakes({ kind: 'VirtualService', spec: { hosts: ['a'], http: rules } })).toEqual([]);
      }),
    );
  });

  it('are the same when they are patched again, and without a pair what they were', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), settings, paths, options, (existing, input, below, how) => {
        const upstreams = [{ policy: parsePolicy(input), paths: below }];
        const once = patchedRules(existing, upstreams, how);
        expect(patchedRules(once.rules, upstreams, how)).toEqual(once);
        const none = [{ policy: parsePolicy({ upstream: 'payments', retry: false }), paths: [] }];
        expect(patchedRules(once.rules, none, { ...how, forEveryone: false }).rules).toEqual(existing);
      }),
    );
  });
});
