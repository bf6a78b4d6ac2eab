import { describe, expect, it } from 'vitest';
import { isHostPattern, matchesHost, normalHost } from '../../../src/policy/host-pattern.ts';

describe('host patterns', () => {
  it.each([
    ['payments', 'payments'],
    ['Payments.Example.', 'payments.example'],
    ['*.Svc.Cluster.Local', '*.svc.cluster.local'],
    ['*.local', '*.local'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['10.0.0.7', '10.0.0.7'],
    ['0x7f.1', '127.0.0.1'],
    ['[0:0::1]', '[::1]'],
    ['my_service', 'my_service'],
  ])('%s is %s', (text, normal) => {
    expect(isHostPattern(text)).toBe(true);
    expect(normalHost(text)).toBe(normal);
  });

  it.each([
    ...[
      '',
      '.',
      '*',
      '*.',
      '**.a',
      '*.*.a',
      'a.*',
      'a*.b',
      '.a',
      'a..b',
      'a b',
      'a\nb',
      'a/b',
      'a\\b',
      'a?b',
      'a#b',
      'u@a',
    ],
    ...['a:80', 'a:', '[::1', '[::1]:80', '::1', '%61', '*.10.0.0.7', '*.[::1]', 'a{b}', '256.1.1.1', "a'b"],
  ])('%j is none', (text) => {
    expect(isHostPattern(text)).toBe(false);
  });

  it.each([
    ['payments', 'payments', true],
    ['payments', 'payments.', true],
    ['payments', 'xpayments', false],
    ['payments', 'a.payments', false],
    ['*.svc', 'a.svc', true],
    ['*.svc', 'b.a.svc', true],
    ['*.svc', 'a.svc.', true],
    ['*.svc', 'svc', false],
    ['*.svc', '.svc', false],
    ['*.svc', 'asvc', false],
    ['*.svc', 'another-svc', false],
    ['*.svc', 'a.svc.evil.example', false],
  ])('%s covers %s: %s', (pattern, host, covered) => {
    expect(matchesHost(pattern, host)).toBe(covered);
  });
});
