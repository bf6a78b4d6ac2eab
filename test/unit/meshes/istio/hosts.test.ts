import { describe, expect, it } from 'vitest';
import { coversHost, isSameHost } from '../../../../src/meshes/istio/hosts.ts';

describe('hosts', () => {
  it.each([
    ['payments', 'payments.shop.svc.cluster.local', true],
    ['payments', 'Payments.shop.svc.', true],
    ['payments.shop', 'payments', true],
    ['payments.orders', 'payments', false],
    ['api.example.com', 'api.example.com.', true],
    ['example.com', 'example.com', true],
    ['payments', 'orders', false],
  ])('%s and %s', (a, b, same) => {
    expect(isSameHost(a, b, 'shop')).toBe(same);
    expect(isSameHost(b, a, 'shop')).toBe(same);
  });

  it('knows no namespace that nobody named', () => {
    expect(isSameHost('payments', 'payments.shop', undefined)).toBe(false);
    expect(isSameHost('payments', 'payments', undefined)).toBe(true);
  });

  it('knows what a wildcard covers', () => {
    expect(coversHost('*', 'payments', 'shop')).toBe(true);
    expect(coversHost('*.shop.svc.cluster.local', 'payments', 'shop')).toBe(true);
    expect(coversHost('*.orders.svc.cluster.local', 'payments', 'shop')).toBe(false);
    expect(coversHost('payments', 'payments', 'shop')).toBe(false);
  });
});
