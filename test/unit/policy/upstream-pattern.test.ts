import { describe, expect, it } from 'vitest';
import {
  matchesUrl,
  parseUpstreamPattern,
  selectUpstream,
  type UpstreamPattern,
} from '../../../src/policy/upstream-pattern.ts';

function pattern(text: string): UpstreamPattern {
  const { pattern: parsed, problem } = parseUpstreamPattern(text);
  if (problem !== undefined) throw new Error(problem);
  return parsed;
}

describe('parseUpstreamPattern', () => {
  it.each([
    ['http://payments', 'http:', 'payments', 80, ''],
    ['http://payments:8080', 'http:', 'payments', 8080, ''],
    ['HTTPS://API.Example.com/', 'https:', 'api.example.com', 443, ''],
    ['https://api.example.com:8443/V1//', 'https:', 'api.example.com', 8443, '/V1'],
    ['http://*.payments.svc.cluster.local', 'http:', '*.payments.svc.cluster.local', 80, ''],
    ['http://[::1]:8080/a/./b/../c', 'http:', '[::1]', 8080, '/a/c'],
    ['http://payments/ü', 'http:', 'payments', 80, '/%C3%BC'],
  ])('reads %s', (text, protocol, host, port, path) => {
    expect(pattern(text)).toEqual({ protocol, host, port, path });
    expect(Object.isFrozen(pattern(text))).toBe(true);
  });

  it.each<[unknown, string]>([
    [8080, 'must be a URL pattern such as http://payments:8080, not 8080'],
    ['payments:8080', 'must be a URL pattern scheme://host[:port][/path], http or https, not "payments:8080"'],
    ['ftp://payments', 'must be a URL pattern scheme://host[:port][/path], http or https, not "ftp://payments"'],
    ['http:payments', 'must be a URL pattern scheme://host[:port][/path], http or https, not "http:payments"'],
    ['http://', 'must be a URL pattern with a host name, or *. and the end of one, not "http://"'],
    ['http://*', 'must be a URL pattern with a host name, or *. and the end of one, not "http://*"'],
    ['http://a.*.b', 'must be a URL pattern with a host name, or *. and the end of one, not "http://a.*.b"'],
    ['http://a:x', 'must be a URL pattern with a host name, or *. and the end of one, not "http://a:x"'],
    ['http://a:', 'must be a URL pattern with a host name, or *. and the end of one, not "http://a:"'],
    ['http://a:0', 'must be a URL pattern with a port from 1 to 65535, not "http://a:0"'],
    ['http://a:65536', 'must be a URL pattern with a port from 1 to 65535, not "http://a:65536"'],
    ['http://a/*', 'must be a URL pattern without * in the path: a path matches everything below it, not "http://a/*"'],
    ['http://a/b c', 'must be a URL pattern with a path as it stands in URLs, not "http://a/b c"'],
    ['http://a/?b', 'must be a URL pattern without a query and a fragment, not "http://a/?b"'],
    ['http://a#b', 'must be a URL pattern without a query and a fragment, not "http://a#b"'],
    ['http://user:secret@a', 'must not contain a user name or password'],
  ])('refuses %j', (text, problem) => {
    expect(parseUpstreamPattern(text)).toEqual({ problem });
  });
});

describe('matchesUrl', () => {
  it.each([
    ['http://payments', 'http://payments/', true],
    ['http://payments', 'http://PAYMENTS:80/a?b#c', true],
    ['http://payments:80', 'http://payments/', true],
    ['https://payments:443', 'https://payments/', true],
    ['http://payments', 'http://payments./', true],
    ['http://payments', 'https://payments/', false],
    ['http://payments:443', 'https://payments/', false],
    ['http://payments', 'http://payments:8080/', false],
    ['http://payments', 'http://payments.evil.example/', false],
    ['http://payments', 'http://payments@evil.example/', false],
    ['http://*.svc:8080', 'http://a.b.svc:8080/x', true],
    ['http://*.svc:8080', 'http://svc:8080/x', false],
    ['http://a/v1', 'http://a/v1', true],
    ['http://a/v1', 'http://a/v1/', true],
    ['http://a/v1', 'http://a/v1/charges', true],
    ['http://a/v1/', 'http://a/v1', true],
    ['http://a/v1', 'http://a/v1?x', true],
    ['http://a/v1', 'http://a/v10', false],
    ['http://a/v1', 'http://a/', false],
    ['http://a/v1', 'http://a/V1', false],
    ['http://a/v1', 'http://a/v1/../v2', false],
    ['http://[0:0::1]', 'http://[::1]/', true],
    ['http://payments', 'data:text/plain,payments', false],
  ])('%s covers %s: %s', (text, url, covered) => {
    expect(matchesUrl(pattern(text), new URL(url))).toBe(covered);
  });
});

describe('selectUpstream', () => {
  const written = (entries: Record<string, readonly string[]>) =>
    Object.entries(entries).map(([name, patterns]) => ({ name, match: patterns.map(pattern) }));

  it.each<[string, Record<string, readonly string[]>, string | undefined]>([
    ['nothing where nothing matches', { a: ['http://b.example'], c: [] }, undefined],
    [
      'an exact host before a wildcard with a longer path',
      { a: ['http://*.example/v1/x'], b: ['http://a.example'] },
      'b',
    ],
    ['the longer wildcard', { a: ['http://*.example/v1'], b: ['http://*.a.example'], c: ['http://*.example'] }, 'a'],
    ['the longer path', { a: ['http://a.example/v1'], b: ['http://a.example/v1/x'], c: ['http://a.example'] }, 'b'],
    ['the first of equals', { a: ['http://a.example'], b: ['http://A.example:80/'] }, 'a'],
    ['by any of several patterns', { a: ['http://*.example'], b: ['http://z.example', 'http://a.example'] }, 'b'],
  ])('takes %s', (_, entries, name) => {
    expect(selectUpstream(written(entries), new URL('http://a.example/v1/x'))?.name).toBe(name);
  });

  it('takes the longer wildcard before the longer path', () => {
    const upstreams = written({ a: ['http://*.example/v1/x'], b: ['http://*.a.example'] });
    expect(selectUpstream(upstreams, new URL('http://z.a.example/v1/x'))?.name).toBe('b');
    expect(selectUpstream(upstreams, new URL('http://z.example/v1/x'))?.name).toBe('a');
  });
});
