import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesUrl, parseUpstreamPattern, selectUpstream } from '../../../src/policy/upstream-pattern.ts';

const host = fc.constantFrom('a', 'b.a', 'c.b.a', 'd.c.b.a');
const path = fc.constantFrom('', '/x', '/x/y', '/xy');
const patternText = fc
  .tuple(fc.constantFrom('', '*.'), host, path)
  .map(([wild, name, prefix]) => `http://${wild}${name}${prefix}`);
const upstreams = fc.uniqueArray(patternText, { maxLength: 12 }).map((texts) =>
  texts.flatMap((text) => {
    const { pattern } = parseUpstreamPattern(text);
    return pattern === undefined ? [] : [{ text, match: [pattern] }];
  }),
);
const url = fc.tuple(host, path).map(([name, prefix]) => new URL(`http://${name}${prefix}`));

describe('selectUpstream', () => {
  it('selects one that matches, and one wherever one matches', () => {
    fc.assert(
      fc.property(upstreams, url, (candidates, at) => {
        const matching = candidates.filter(({ match }) => match.some((pattern) => matchesUrl(pattern, at)));
        const selected = selectUpstream(candidates, at);
        if (matching.length === 0) expect(selected).toBeUndefined();
        else expect(matching).toContain(selected);
      }),
    );
  });

  it('does not depend on the order of different patterns', () => {
    const shuffled = upstreams.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    );
    fc.assert(
      fc.property(shuffled, url, ([one, other], at) => {
        expect(selectUpstream(one, at)?.text).toBe(selectUpstream(other, at)?.text);
      }),
    );
  });
});
