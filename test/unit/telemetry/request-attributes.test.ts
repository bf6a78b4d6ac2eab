import { describe, expect, it } from 'vitest';
import { methodsKnownTo, requestAttributes, spanName } from '../../../src/telemetry/request-attributes.ts';

describe('the attributes of a request', () => {
  it.each([
    ['http://payments/charges', 'payments', 80],
    ['https://payments/charges', 'payments', 443],
    ['http://payments:8080/charges', 'payments', 8080],
    ['http://[::1]:3000/charges', '::1', 3000],
    ['http://127.0.0.1:1/charges', '127.0.0.1', 1],
  ])('%s is the server %s, port %d', (url, address, port) => {
    expect(requestAttributes('payments', 'GET', url)).toEqual({
      'http.request.method': 'GET',
      'meshwise.upstream': 'payments',
      'server.address': address,
      'server.port': port,
      'url.full': url,
    });
  });

  it('says nothing of a URL that it cannot read', () => {
    expect(requestAttributes('payments', 'GET', '/relative?sig=secret')).toEqual({
      'http.request.method': 'GET',
      'meshwise.upstream': 'payments',
    });
    expect(requestAttributes('payments', 'GET', 'user:secret@payments/charges')).toEqual({
      'http.request.method': 'GET',
      'meshwise.upstream': 'payments',
      'url.full': 'user:',
    });
  });

  it.each(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'])(
    'knows %s',
    (method) => {
      const attributes = requestAttributes('u', method, 'http://a/');
      expect(attributes['http.request.method']).toBe(method);
      expect(attributes).not.toHaveProperty('http.request.method_original');
      expect(spanName(attributes)).toBe(method);
    },
  );

  // fetch sends `patch` as it is written.
  it.each(['PURGE', 'patch'])('calls %s a method that is not known', (method) => {
    const attributes = requestAttributes('u', method, 'http://a/');
    expect(attributes).toMatchObject({ 'http.request.method': '_OTHER', 'http.request.method_original': method });
    expect(spanName(attributes)).toBe('HTTP');
  });

  it('takes the list of known methods from the environment, in full', () => {
    const known = methodsKnownTo({ OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'GET, PURGE,' });
    expect([...known]).toEqual(['GET', 'PURGE']);
    expect(methodsKnownTo({ OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: ' ' }).has('POST')).toBe(true);
  });

  it("hides what a policy says, also of a URL that another policy's calls ask for", () => {
    const shown = (redact?: readonly string[]) =>
      requestAttributes('u', 'GET', 'http://a/?token=b', redact)['url.full'];
    expect([shown(), shown(['token']), shown(), shown(['x']), shown(['token'])]).toEqual([
      'http://a/?token=b',
      'http://a/?token=REDACTED',
      'http://a/?token=b',
      'http://a/?token=b',
      'http://a/?token=REDACTED',
    ]);
  });
});
