import { describe, expect, it } from 'vitest';
import { appIn, invocation } from '../../../../src/meshes/dapr/invocation.ts';

describe('the app that an address names', () => {
  it.each([
    ['http://payments/charges', 'payments'],
    ['http://payments:8080/charges', 'payments'],
    ['http://PAYMENTS/', 'payments'],
    ['http://payments.shop/', 'payments.shop'],
    ['http://payments.shop.svc/', 'payments.shop'],
    ['http://payments.shop.svc.cluster.local:80/', 'payments.shop'],
    ['http://payments.shop.svc.cluster.local./', 'payments.shop'],
    ['http://payments_v2/', 'payments_v2'],
    ['https://payments/', undefined],
    ['http://localhost:8080/', undefined],
    ['http://127.0.0.1:8080/', undefined],
    ['http://[::1]:8080/', undefined],
    ['http://api.example.com/', undefined],
    ['http://-payments/', undefined],
  ])('%s → %s', (url, app) => {
    expect(appIn(new URL(url))).toBe(app);
  });
});

describe('the invocation of an app', () => {
  const of = (method: string, url: string) => invocation('http://127.0.0.1:3500', 'payments', method, new URL(url));

  it.each([
    ['http://payments/charges/42?full=1&q=%2F', '/charges/42?full=1&q=%2F'],
    ['http://payments:8080', '/'],
    ['http://payments/method/x', '/method/x'],
    ['http://payments/a#fragment', '/a'],
  ])('%s keeps its path and query', (url, end) => {
    expect(of('GET', url)).toEqual({ target: `http://127.0.0.1:3500/v1.0/invoke/payments/method${end}` });
  });

  it.each([
    ['QUERY', 'http://payments/a', 'QUERY would arrive as POST'],
    ['PROPFIND', 'http://payments/a', 'PROPFIND would arrive as POST'],
    ['GET', 'http://payments/a%2Fb', 'the path /a%2Fb would arrive as /a/b'],
    ['GET', 'http://payments/a//b', 'the path /a//b would arrive as /a/b'],
    ['GET', 'http://payments/a/', 'the path /a/ would arrive as /a'],
    ['GET', 'http://payments/a%3Fb', 'Dapr refuses the path /a%3Fb'],
  ])('%s %s is refused', (method, url, obstacle) => {
    expect(of(method, url)).toEqual({ obstacle });
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'patch'])('%s is kept', (method) => {
    expect(of(method, 'http://payments/a')).toHaveProperty('target');
  });
});
