import { describe, expect, it } from 'vitest';
import { isStatusOf, type RuleLimits, verdictOfFlags } from '../../../../src/meshes/envoy/flags.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';

const LIMITS: RuleLimits = parsePolicy({
  upstream: 'payments',
  timeout: '2s',
  retry: { perTryTimeout: '500ms' },
  concurrency: { limit: 64 },
});
const STATUSES = [200, 204, 404, 408, 429, 500, 502, 503, 504];
const BEFORE = 'upstream_reset_before_response_started';
const of = (flags: string, details: string, limits = LIMITS) =>
  verdictOfFlags({ mark: '', attempts: 1, flags: flags === '' ? [] : flags.split(','), details }, limits);

/** Flags and details as Envoy 1.40 writes them (run). */
describe('what Envoy says by flags and details', () => {
  it.each([
    ['UT', 'response_timeout', { kind: 'timeout', scope: 'call', timeout: 2_000 }],
    ['DI,UT', 'response_timeout', { kind: 'timeout', scope: 'call' }],
    ['UT', 'upstream_per_try_timeout', { kind: 'timeout', scope: 'attempt', timeout: 500 }],
    ['URX,UT', 'upstream_per_try_timeout', { kind: 'timeout', scope: 'attempt' }],
    ['SI', 'stream_idle_timeout', { kind: 'timeout', scope: 'idle', timeout: 300_000 }],
    ['UO', `${BEFORE}{overflow}`, { kind: 'overflow', limit: 64 }],
    [
      'URX,UF',
      `${BEFORE}{remote_connection_failure|delayed_connect_error:_Connection_refused}`,
      { code: 'ECONNREFUSED', network: 'connect-failure' },
    ],
    // Its retry was refused; the call itself was not.
    [
      'UO,UF',
      `${BEFORE}{remote_connection_failure|delayed_connect_error:_Connection_refused}`,
      { code: 'ECONNREFUSED' },
    ],
    ['URX,UF', `${BEFORE}{connection_timeout}`, { code: 'ETIMEDOUT', network: 'connect-failure' }],
    ['UC', `${BEFORE}{connection_termination}`, { code: 'ECONNRESET', network: 'reset' }],
    ['UR', `${BEFORE}{remote_reset}`, { code: 'ECONNRESET', network: 'reset' }],
    ['UR', `${BEFORE}{remote_refused_stream_reset}`, { code: 'ECONNRESET', network: 'refused-stream' }],
    ['UPE', `${BEFORE}{protocol_error}`, { code: 'EPROTO', network: 'reset' }],
    ['UH', 'no_healthy_upstream', { code: 'EHOSTUNREACH', network: 'connect-failure' }],
    ['NC', 'cluster_not_found', { code: 'ENOTFOUND', network: 'connect-failure' }],
  ])('%s %s', (flags, details, verdict) => {
    expect(of(flags, details)).toMatchObject({ said: `${flags} ${details}`, ...verdict });
  });

  it.each([
    ['', 'via_upstream'],
    ['URX', 'via_upstream'],
    ['UO', 'via_upstream'],
    ['UT', 'via_upstream'],
    ['UPE', 'upstream_reset_after_response_started{protocol_error}'],
    ['UO', 'something_else'],
    ['NR', 'route_not_found'],
    ['RL', 'local_rate_limited'],
    ['', 'request_payload_too_large'],
  ])('nothing of connection, limit or time: %s %s', (flags, details) => {
    expect(of(flags, details)).toBeUndefined();
  });

  it.each([
    ['UT', 'response_timeout', [504]],
    ['URX,UT', 'upstream_per_try_timeout', [504]],
    // 408 while it waits for the request.
    ['SI', 'stream_idle_timeout', [408, 504]],
    ['UO', `${BEFORE}{overflow}`, [503]],
    ['UO,UF', `${BEFORE}{connection_timeout}`, [503]],
    ['UF', `${BEFORE}{connection_timeout}`, [503]],
    ['UC', `${BEFORE}{connection_termination}`, [503]],
    ['UR', `${BEFORE}{remote_reset}`, [503]],
    ['UH', 'no_healthy_upstream', [503]],
    ['UPE', `${BEFORE}{protocol_error}`, [502]],
    // The route says which.
    ['NC', 'cluster_not_found', [404, 500, 503]],
    // No verdict, so that it may stand on anything.
    ['UO', 'via_upstream', STATUSES],
    ['NR', 'route_not_found', STATUSES],
  ])('%s %s has a status of its own', (flags, details, statuses) => {
    const header = { mark: '', attempts: 1, flags: flags.split(','), details };
    expect(STATUSES.filter((status) => isStatusOf(header, status))).toEqual(statuses);
  });

  it('of limits that the policy has not', () => {
    const none = parsePolicy({ upstream: 'payments', timeout: false, retry: false });
    expect(of('UT', 'response_timeout', none)).toMatchObject({ timeout: 0 });
    expect(of('UT', 'upstream_per_try_timeout', none)).toMatchObject({ timeout: 0 });
    expect(of('UO', `${BEFORE}{overflow}`, none)).toMatchObject({ limit: 0 });
  });
});
