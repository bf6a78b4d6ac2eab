import { describe, expect, it } from 'vitest';
import { isMetadataHost, isOwnUpstream, mayPropagate, maySendOwner } from '../../../src/ownership/own-upstream.ts';
import type { PropagatePolicy } from '../../../src/policy/policy.ts';
import { aPolicy } from './a-policy.ts';

function propagate(changes: Partial<PropagatePolicy>): PropagatePolicy {
  return { to: 'auto', hosts: [], timeoutHeader: 'x-meshwise-timeout-ms', ...changes };
}

describe('isOwnUpstream', () => {
  it.each([
    ['http://payments:8080/charges', true],
    ['http://PAYMENTS/', true],
    ['http://payments./', true],
    ['http://payments.shop.svc/', true],
    ['http://payments.shop.svc.cluster.local/', true],
    ['http://payments.shop.svc.cluster.local./', true],
    ['http://localhost:3500/', true],
    ['http://127.0.0.1:3500/', true],
    ['http://127.8.9.10/', true],
    ['http://2130706433/', true],
    ['http://[::1]:3500/', true],
    ['http://[::ffff:127.0.0.1]/', true],
    ['https://payments.shop.svc/', true],
    ['http://payments.shop/', false],
    ['https://api.stripe.com/', false],
    ['http://svc.example.com/', false],
    ['http://notsvc/', true],
    ['http://cluster.local.evil.example/', false],
    ['http://evilcluster.local/', false],
    ['http://10.0.0.7/', false],
    ['http://192.168.1.1/', false],
    ['http://[fd12::1]/', false],
    ['http://[2001:db8::1]/', false],
    ['http://169.254.169.254/latest/meta-data', false],
    ['http://0xa9fea9fe/', false],
    ['http://[::ffff:169.254.169.254]/', false],
    ['http://[fe80::1]/', false],
    ['http://[febf::1]/', false],
    ['http://[fd00:ec2::254]/', false],
    ['http://metadata/', false],
    ['http://metadata.google.internal/', false],
    ['http://metadata.shop.svc/', false],
    ['http://instance-data/', false],
    ['http://metadatastore/', true],
  ])('%s: %s', (url, own) => {
    expect(isOwnUpstream(aPolicy(), new URL(url))).toBe(own);
  });

  it.each([
    ['payments.example.com', 'http://payments.example.com/', true],
    ['payments.example.com', 'http://PAYMENTS.example.com./', true],
    ['[fd12::1]', 'http://[fd12::1]/', true],
    ['payments.example.com', 'http://v2.payments.example.com/', false],
    ['*.example.com', 'http://payments.example.com/', true],
    ['*.example.com', 'http://a.b.example.com/', true],
    ['*.example.com', 'http://example.com/', false],
    ['*.example.com', 'http://badexample.com/', false],
    ['10.0.0.7', 'http://10.0.0.7/', true],
    ['169.254.169.254', 'http://169.254.169.254/', false],
    ['*.google.internal', 'http://metadata.google.internal/', false],
  ])('listed as %s: %s: %s', (host, url, own) => {
    expect(isOwnUpstream(aPolicy({ propagate: propagate({ hosts: [host] }) }), new URL(url))).toBe(own);
  });
});

describe('mayPropagate and maySendOwner', () => {
  it.each([
    ['auto', 'auto', 'http://payments/', true, true],
    ['auto', 'auto', 'https://payments/', true, false],
    ['auto', 'auto', 'http://api.stripe.com/', false, false],
    ['auto', true, 'http://api.stripe.com/', false, true],
    ['auto', true, 'https://payments/', true, true],
    ['auto', false, 'http://payments/', true, false],
    ['always', 'auto', 'http://api.stripe.com/', true, true],
    ['always', false, 'http://payments/', true, false],
    ['never', 'auto', 'http://payments/', false, false],
    ['never', true, 'http://payments/', false, true],
  ] as const)('propagate %s, mesh %s, %s: deadline %s, owner %s', (to, mesh, address, deadline, owner) => {
    const policy = aPolicy({ propagate: propagate({ to }), mesh });
    const url = new URL(address);
    expect([mayPropagate(policy, url), maySendOwner(policy, url)]).toEqual([deadline, owner]);
  });
});

describe('isMetadataHost', () => {
  it.each([
    ['http://169.254.169.254/', true],
    ['http://metadata.google.internal/', true],
    ['http://[fe80::1]/', true],
    ['http://127.0.0.1/', false],
    ['http://payments/', false],
  ])('%s: %s', (url, metadata) => {
    expect(isMetadataHost(new URL(url))).toBe(metadata);
  });
});
