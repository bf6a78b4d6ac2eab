import { expect, it } from 'vitest';
import { adminAddress } from '../../../../src/meshes/envoy/admin/admin-address.ts';

const own = () => ['10.1.2.3', 'fd00::1'];

it.each<[string, object]>([
  ['http://127.0.0.1:15000', { host: '127.0.0.1', port: 15_000, shown: 'http://127.0.0.1:15000' }],
  ['127.0.0.1:19000', { host: '127.0.0.1', port: 19_000, shown: 'http://127.0.0.1:19000' }],
  ['localhost', { host: 'localhost', port: 15_000, shown: 'http://localhost:15000' }],
  ['http://[::1]:19000/', { host: '::1', port: 19_000, shown: 'http://[::1]:19000' }],
  ['http://127.0.0.1:80', { host: '127.0.0.1', port: 80, shown: 'http://127.0.0.1:80' }],
  ['http://10.1.2.3:15000', { host: '10.1.2.3', port: 15_000, shown: 'http://10.1.2.3:15000' }],
  ['http://[fd00::1]:15000', { host: 'fd00::1', port: 15_000, shown: 'http://[fd00::1]:15000' }],
  ['unix:/run/envoy.sock', { socketPath: '/run/envoy.sock', shown: 'unix:/run/envoy.sock' }],
])('takes %s', (text, address) => {
  expect(adminAddress(text, own)).toEqual(address);
});

it.each([
  'http://10.1.2.4:15000',
  'http://169.254.169.254',
  'http://envoy:15000',
  'http://localhost.example.com:15000',
  'https://127.0.0.1:15000',
  'http://user:password@127.0.0.1:15000',
  'http://127.0.0.1:15000/quitquitquit',
  'unix:envoy.sock',
  'http://',
  '',
])('refuses %s', (text) => {
  expect(adminAddress(text, own)).toEqual({ noEvidence: expect.any(String) });
});

it('does not repeat a password in its refusal', () => {
  expect(JSON.stringify(adminAddress('http://user:hunter2@127.0.0.1:15000', own))).not.toContain('hunter2');
});
