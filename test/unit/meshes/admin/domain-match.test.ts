import { expect, it } from 'vitest';
import { domainFit, virtualHostFor } from '../../../../src/meshes/envoy/admin/domain-match.ts';

it.each([
  ['payments', 'payments', true],
  ['Payments', 'payments', true],
  ['payments:8080', 'payments:8080', true],
  ['payments', 'payments:8080', false],
  ['payments.', 'payments', false],
  ['*', 'anything', true],
  ['*.svc', 'payments.svc', true],
  ['*.svc', 'payments.shop.svc', true],
  ['*.svc', '.svc', false],
  ['*.svc', 'svc', false],
  ['*-v1.svc', 'payments-v1.svc', true],
  ['payments.*', 'payments.shop.svc', true],
  ['payments.*', 'payments.', false],
])('%s for %s: %s', (domain, authority, fits) => {
  expect(domainFit(domain, authority) > 0).toBe(fits);
});

it("takes the best one, in Envoy's order, whatever their order in the dump", () => {
  const order = ['payments.shop.svc', '*.shop.svc', '*.svc', 'payments.shop.*', 'payments.*', '*'];
  const hosts = order.map((domain) => ({ domains: ['unrelated', domain] }));
  for (let best = 0; best < order.length; best++) {
    const rest = hosts.slice(best);
    expect(virtualHostFor(rest, 'payments.shop.svc')).toBe(rest[0]);
    expect(virtualHostFor(rest.toReversed(), 'payments.shop.svc')).toBe(rest[0]);
  }
  expect(virtualHostFor([], 'payments')).toBeUndefined();
});
