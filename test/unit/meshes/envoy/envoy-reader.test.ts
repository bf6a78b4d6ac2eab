import { describe, expect, it } from 'vitest';
import { EnvoyReader } from '../../../../src/meshes/envoy/envoy-reader.ts';
import { parseVerdict, verdictValue } from '../../../../src/meshes/verdict-header.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';

const READER = new EnvoyReader({
  upstream: 'payments',
  hashes: ['1f3a9c2e', '77aa0b12'],
  limits: parsePolicy({ upstream: 'payments' }),
});
const MARK = 'payments/sidecar/1f3a9c2e';
const read = (mark: string | undefined, verdict: string | undefined, status = 504) =>
  READER.read(
    new Response(null, {
      status,
      headers: {
        ...(mark !== undefined && { 'x-meshwise-owner': mark }),
        ...(verdict !== undefined && { 'x-meshwise-verdict': verdict }),
      },
    }),
  );

describe('a verdict', () => {
  it.each([
    ['payments/sidecar/1f3a9c2e', 'sidecar'],
    ['payments/sidecar/77aa0b12', 'sidecar'],
    ['payments/process/00000000+1f3a9c2e', 'process'],
  ])('is believed beside the same mark of a rule of ours: %s', (mark, owner) => {
    expect(read(mark, `${mark} 3 UT response_timeout`)).toMatchObject({
      owner,
      attempts: 3,
      author: 'sidecar',
      verdict: { kind: 'timeout' },
      flags: ['UT'],
    });
    for (const status of [200, 404, 503]) {
      expect(read(mark, `${mark} 1 - via_upstream`, status)).toEqual({
        ...{ owner, attempts: 1, author: 'upstream', verdict: undefined, flags: [] },
      });
    }
  });

  it.each([
    ['no mark', undefined, `${MARK} 3 UT response_timeout`],
    ['no verdict', MARK, undefined],
    ['another mark beside it', MARK, 'payments/process/1f3a9c2e 3 UT response_timeout'],
    ['the mark of another upstream', 'ledger/sidecar/1f3a9c2e', 'ledger/sidecar/1f3a9c2e 3 UT response_timeout'],
    ['the mark of another rule', 'payments/sidecar/00000000', 'payments/sidecar/00000000 3 UT response_timeout'],
    ['no mark at all', 'nonsense', 'nonsense 3 UT response_timeout'],
    ['two headers', MARK, `${MARK} 3 UT response_timeout, ${MARK} 3 UT response_timeout`],
    ['an operator that the proxy does not know', MARK, `${MARK} - UT response_timeout`],
    ['less than it should have', MARK, `${MARK} 3 UT`],
  ])('is not with %s', (_, mark, verdict) => {
    expect(read(mark, verdict)).toBeUndefined();
  });

  it.each([
    [200, 'UF upstream_reset_before_response_started{connection_timeout}'],
    [504, 'UF upstream_reset_before_response_started{connection_timeout}'],
    [200, 'UO upstream_reset_before_response_started{overflow}'],
    [500, 'UO upstream_reset_before_response_started{overflow}'],
    [200, 'UT response_timeout'],
    [503, 'URX,UT upstream_per_try_timeout'],
  ])('is not on a status that Envoy does not give it: %d %s', (status, said) => {
    expect(read(MARK, `${MARK} 1 ${said}`, status)).toBeUndefined();
  });

  it('is not after a redirect: it is another hop that it speaks of', () => {
    const headers = new Headers({ 'x-meshwise-owner': MARK, 'x-meshwise-verdict': `${MARK} 3 UT response_timeout` });
    expect(READER.read({ headers, redirected: true } as Response)).toBeUndefined();
  });

  it('is read as it is written', () => {
    const written = verdictValue(MARK)
      .replace('%UPSTREAM_REQUEST_ATTEMPT_COUNT%', '3')
      .replace('%RESPONSE_FLAGS%', 'URX,UF')
      .replace('%RESPONSE_CODE_DETAILS%', 'upstream_reset_before_response_started{connection_timeout}');
    expect(parseVerdict(written)).toEqual({
      mark: MARK,
      attempts: 3,
      flags: ['URX', 'UF'],
      details: 'upstream_reset_before_response_started{connection_timeout}',
    });
  });
});
