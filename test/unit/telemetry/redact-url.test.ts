import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactUrl, withoutQuery } from '../../../src/telemetry/redact-url.ts';

describe('redactUrl', () => {
  it.each([
    ['http://a/', 'http://a/'],
    ['http://a', 'http://a/'],
    ['https://a:8443/b/c?d=e', 'https://a:8443/b/c?d=e'],
    ['http://[::1]:80/x', 'http://[::1]/x'],
    ['http://user:secret@a/b', 'http://REDACTED:REDACTED@a/b'],
    ['http://user@a/b', 'http://REDACTED:REDACTED@a/b'],
    ['http://:secret@a/b', 'http://REDACTED:REDACTED@a/b'],
    ['http://a/?sig=secret', 'http://a/?sig=REDACTED'],
    ['http://a/?color=blue&sig=secret&x', 'http://a/?color=blue&sig=REDACTED&x'],
    ['http://a/?sig=1&sig=2', 'http://a/?sig=REDACTED&sig=REDACTED'],
    ['http://a/?sig=a=b', 'http://a/?sig=REDACTED'],
    ['http://a/?s%69g=secret', 'http://a/?s%69g=REDACTED'],
    ['http://a/?%zz=1&sig=secret', 'http://a/?%zz=1&sig=REDACTED'],
    ['http://a/?sig', 'http://a/?sig'],
    ['http://a/?SIG=shown&signature=shown', 'http://a/?SIG=shown&signature=shown'],
    ['http://a/?Signature=s&AWSAccessKeyId=s', 'http://a/?Signature=REDACTED&AWSAccessKeyId=REDACTED'],
    [
      'http://a/?X-Amz-Signature=s&X-Amz-Credential=s&X-Amz-Security-Token=s&X-Goog-Signature=s&X-Amz-Date=d',
      'http://a/?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&X-Goog-Signature=REDACTED&X-Amz-Date=d',
    ],
    ['http://a/?q=a+b%20c', 'http://a/?q=a+b%20c'],
    ['http://a/?', 'http://a/'],
    ['http://a/b#access_token=secret', 'http://a/b'],
    ['data:text/plain,secret', 'data:'],
  ])('%s → %s', (url, expected) => {
    expect(redactUrl(new URL(url))).toBe(expected);
  });

  it.each([
    ['?token=a&Token=b&tok=c', ['token'], '?token=REDACTED&Token=b&tok=c'],
    ['?t%6Fken=a', ['token'], '?t%6Fken=REDACTED'],
    ['?%74%6f%6b%65%6e=a', ['token'], '?%74%6f%6b%65%6e=REDACTED'],
    ['?t%256Fken=a', ['token'], '?t%256Fken=a'],
    [
      '?user%20name=a&user+name=b&user%2Bname=c',
      ['user name'],
      '?user%20name=REDACTED&user+name=REDACTED&user%2Bname=c',
    ],
    ['?user+name=a&user%2Bname=b', ['user+name'], '?user+name=REDACTED&user%2Bname=REDACTED'],
    ['?us%65r+name=a', ['user+name'], '?us%65r+name=REDACTED'],
    ['?schlüssel=a', ['schlüssel'], '?schl%C3%BCssel=REDACTED'],
    ['?%zz=a&sig=b', ['%zz'], '?%zz=REDACTED&sig=REDACTED'],
    ['?token', ['token'], '?token'],
    ['?token=a=b', ['token'], '?token=REDACTED'],
    ['?sig=a&Signature=b', [], '?sig=REDACTED&Signature=REDACTED'],
  ])('%s, beside the conventions %j', (query, also, shown) => {
    expect(redactUrl(new URL(`http://a/${query}`), also)).toBe(`http://a/${shown}`);
  });

  it('shows no credential, whatever stands around it', () => {
    const secret = 'topsecret';
    const parts = fc.webQueryParameters();
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: false }), parts, parts, (base, before, after) => {
        const url = new URL(`${base}?${before}&sig=${secret}&${after}`);
        url.username = secret;
        url.password = secret;
        expect(redactUrl(url)).not.toContain(secret);
      }),
    );
  });

  it('changes nothing where there is nothing to hide', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (text) => {
        const url = new URL(text);
        fc.pre(url.search !== '' || !text.includes('?'));
        fc.pre(!/(^|[?&])(sig|Signature)=/.test(url.search));
        expect(redactUrl(url)).toBe(url.href);
      }),
    );
  });
});

describe('withoutQuery', () => {
  it.each([
    ['http://user:secret@a:8080/b/c?d=e#f', 'http://a:8080/b/c'],
    ['https://a', 'https://a/'],
    ['http://[::1]:3000/x', 'http://[::1]:3000/x'],
    ['data:text/plain,secret', 'data:'],
    ['/relative?secret', ''],
    ['', ''],
  ])('%s → %s', (url, expected) => {
    expect(withoutQuery(url)).toBe(expected);
  });
});
