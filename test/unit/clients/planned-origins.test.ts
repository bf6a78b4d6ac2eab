import { describe, expect, it } from 'vitest';
import { PlannedOrigins } from '../../../src/clients/planned-origins.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';

describe('PlannedOrigins', () => {
  it('keeps each origin once, with the policy that was last in use', () => {
    const planned = new PlannedOrigins();
    const [first, second] = [parsePolicy({ upstream: 'a' }), parsePolicy({ upstream: 'a', timeout: '1s' })];
    planned.add(first, 'http://a:1');
    planned.add(second, 'http://a:1');
    planned.add(second, 'http://a:2');
    expect([...planned].map(({ policy, url }) => [policy, url.origin])).toEqual([
      [second, 'http://a:1'],
      [second, 'http://a:2'],
    ]);
  });

  it('keeps a hundred upstreams, and a hundred origins of each', () => {
    const planned = new PlannedOrigins();
    const policies = Array.from({ length: 120 }, (_, number) => parsePolicy({ upstream: `upstream-${number}` }));
    for (const policy of policies) planned.add(policy, 'http://one:80');
    expect([...planned]).toHaveLength(100);
    const first = parsePolicy({ upstream: 'upstream-0' });
    for (let port = 1000; port < 1200; port++) planned.add(first, `http://one:${port}`);
    expect([...planned]).toHaveLength(199);
  });
});
