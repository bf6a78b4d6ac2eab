import { describe, expect, it } from 'vitest';
import { networkFailureOf } from '../../../src/call/failure.ts';

/** As Node's sockets, DNS and TLS make them. */
function systemError(code: string, syscall?: string, message = `${syscall ?? 'it'} ${code}`): Error {
  return Object.assign(new Error(message), { code, ...(syscall === undefined ? {} : { syscall }) });
}

function fetchFailed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}

/** As undici's: `name` and `code` of its own. */
function undiciError(name: string, code: string | undefined, message: string): Error {
  return Object.assign(new Error(message), { name, code });
}

/** As `net.connect` makes it after trying every address of a name. */
function allAddresses(...codes: readonly [string, ...string[]]): AggregateError {
  const errors = codes.map((code) => systemError(code, 'connect'));
  return Object.assign(new AggregateError(errors, ''), { code: codes[0] });
}

describe('networkFailureOf', () => {
  it.each([
    ['a refused connection', fetchFailed(systemError('ECONNREFUSED', 'connect'))],
    ['every address refused', fetchFailed(allAddresses('ECONNREFUSED', 'ECONNREFUSED'))],
    [
      'an aggregate without a code of its own',
      fetchFailed(new AggregateError([systemError('ECONNREFUSED', 'connect')])),
    ],
    ['IPv6 unreachable and IPv4 timed out', fetchFailed(allAddresses('ENETUNREACH', 'ETIMEDOUT'))],
    ['an unknown name', fetchFailed(systemError('ENOTFOUND', 'getaddrinfo'))],
    ['no name server', fetchFailed(systemError('EAI_AGAIN', 'getaddrinfo'))],
    ['any other error of name resolution', fetchFailed(systemError('EAI_FAIL', 'getaddrinfo'))],
    ['an unreachable host', fetchFailed(systemError('EHOSTUNREACH', 'connect'))],
    ['no free port', fetchFailed(systemError('EADDRNOTAVAIL', 'connect'))],
    ['a connect that the kernel gave up', fetchFailed(systemError('ETIMEDOUT', 'connect'))],
    ['a connect that was reset', fetchFailed(systemError('ECONNRESET', 'connect'))],
    ['a forbidden connect', fetchFailed(systemError('EACCES', 'connect'))],
    [
      "undici's connect timeout",
      fetchFailed(undiciError('ConnectTimeoutError', 'UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout Error')),
    ],
    ['a bare system error', systemError('ECONNREFUSED', 'connect')],
  ])('connect-failure: %s', (_, error) => {
    expect(networkFailureOf(error)).toBe('connect-failure');
  });

  it.each([
    ['other side closed', fetchFailed(undiciError('SocketError', 'UND_ERR_SOCKET', 'other side closed'))],
    ['a reset connection', fetchFailed(systemError('ECONNRESET', 'read'))],
    ['a broken pipe', fetchFailed(systemError('EPIPE', 'write'))],
    ['a dead peer', fetchFailed(systemError('ETIMEDOUT', 'read'))],
    ['no headers', fetchFailed(undiciError('HeadersTimeoutError', 'UND_ERR_HEADERS_TIMEOUT', 'Headers Timeout Error'))],
    ['garbage', fetchFailed(undiciError('HTTPParserError', 'HPE_INVALID_CONSTANT', 'Expected HTTP/'))],
    ['garbage, as Node 24 tells it', fetchFailed(undiciError('HTTPParserError', undefined, 'Expected HTTP/'))],
    ['headers that are too large', fetchFailed(undiciError('HTTPParserError', 'HPE_HEADER_OVERFLOW', ''))],
    ['a closed HTTP/2 session', fetchFailed(systemError('ERR_HTTP2_GOAWAY_SESSION'))],
    [
      'a reset HTTP/2 stream',
      systemError('ERR_HTTP2_STREAM_ERROR', undefined, 'Stream closed with error code NGHTTP2_INTERNAL_ERROR'),
    ],
    [
      'a reset below two wrappers',
      fetchFailed(new Error('request failed', { cause: systemError('ECONNRESET', 'read') })),
    ],
  ])('reset: %s', (_, error) => {
    expect(networkFailureOf(error)).toBe('reset');
  });

  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETUNREACH',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('connect-failure: %s alone, as clients pass it on that drop the syscall', (code) => {
    expect(networkFailureOf(systemError(code))).toBe('connect-failure');
  });

  it.each([
    'ECONNRESET',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_CLOSED',
    'ERR_HTTP2_STREAM_ERROR',
    'ERR_HTTP2_SESSION_ERROR',
    'ERR_HTTP2_GOAWAY_SESSION',
  ])('reset: %s alone', (code) => {
    expect(networkFailureOf(systemError(code))).toBe('reset');
  });

  it('goes by the code of what is no Error and has no message', () => {
    expect(networkFailureOf({ code: 'ECONNRESET' })).toBe('reset');
  });

  it('refused-stream: by the message, as Node has one code for every HTTP/2 stream error', () => {
    const refused = systemError(
      'ERR_HTTP2_STREAM_ERROR',
      undefined,
      'Stream closed with error code NGHTTP2_REFUSED_STREAM',
    );
    expect(networkFailureOf(refused)).toBe('refused-stream');
    expect(networkFailureOf(fetchFailed(refused))).toBe('refused-stream');
  });

  it.each([
    ['an expired certificate', fetchFailed(systemError('CERT_HAS_EXPIRED'))],
    ['a certificate for another name', fetchFailed(systemError('ERR_TLS_CERT_ALTNAME_INVALID'))],
    ['a self-signed certificate', fetchFailed(systemError('DEPTH_ZERO_SELF_SIGNED_CERT'))],
    ['an unknown issuer', fetchFailed(systemError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))],
    ['plain text where TLS was expected', fetchFailed(systemError('ERR_SSL_WRONG_VERSION_NUMBER'))],
    ['a used body', new TypeError('Response body object should not be disturbed or locked')],
    ['a bad URL', systemError('ERR_INVALID_URL')],
    ['a bad argument', systemError('ERR_INVALID_ARG_TYPE')],
    ['an unsupported scheme', fetchFailed(new Error('unknown scheme'))],
    ['too many redirects', fetchFailed(new Error('redirect count exceeded'))],
    ['an abort', new DOMException('This operation was aborted', 'AbortError')],
    ["undici's abort", undiciError('AbortError', 'UND_ERR_ABORTED', 'Request aborted')],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'x')")],
    ['fetch failed, nobody knows why', new TypeError('fetch failed')],
    ['an empty aggregate', new AggregateError([])],
    ['a numeric code', Object.assign(new Error('x'), { code: 111 })],
    ['a string', 'ECONNREFUSED'],
    ['null', null],
    ['undefined', undefined],
  ])('nothing of the network: %s', (_, error) => {
    expect(networkFailureOf(error)).toBeUndefined();
  });

  it('ends on errors that are their own cause', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect(networkFailureOf(loop)).toBeUndefined();
  });

  it('looks at five errors, one inside the other, and no deeper', () => {
    let error: unknown = systemError('ECONNRESET', 'read');
    for (let wrapper = 0; wrapper < 4; wrapper++) error = fetchFailed(error);
    expect(networkFailureOf(error)).toBe('reset');
    expect(networkFailureOf(fetchFailed(error))).toBeUndefined();
  });

  it('goes by the outermost code that it knows', () => {
    const outer = systemError('ECONNRESET', 'read');
    outer.cause = systemError('ECONNREFUSED', 'connect');
    expect(networkFailureOf(outer)).toBe('reset');
  });
});
