import { describe, expect, it } from 'vitest';
import { exportOf } from './an-export.ts';

const { run, documents } = exportOf(
  'consul',
  `
caller: shop
upstreams:
  payments:
    match: ['http://payments.virtual.consul', 'http://payments:8080']
    timeout: 2s
  refunds:
    match: ['http://payments:8080/refunds']
  bank:
    match: ['https://bank.example']
  orders:
    match: ['http://orders']
  nothing:
    match: ['http://nothing']
    retry: false
`,
);
const PAYMENTS = ['--upstream', 'payments'];
const ENTRY = JSON.stringify({
  Kind: 'service-router',
  Name: 'payments',
  Routes: [{ Match: { HTTP: { PathPrefix: '/' } }, Destination: { NumRetries: 5 } }],
  ModifyIndex: 3,
});

describe('meshwise export consul', () => {
  it('writes the router of a service, whatever name its host has, for Kubernetes', async () => {
    const [written, ...more] = await documents([...PAYMENTS, '--upstream', 'refunds', '--namespace', 'shop']);
    expect(more).toEqual([]);
    expect(written).toMatchObject({ kind: 'ServiceRouter', metadata: { name: 'payments', namespace: 'shop' } });
    const marks = JSON.stringify(written).match(/(payments|refunds)\/(sidecar|process)\/[0-9a-f]{8}/g);
    expect(marks?.map((mark) => mark.slice(0, -9))).toEqual([
      ...['refunds/sidecar', 'refunds/sidecar', 'refunds/process'],
      ...['payments/sidecar', 'payments/sidecar', 'payments/process'],
    ]);
  });

  it('writes an entry for consul config write as JSON, one at a time', async () => {
    const { out } = await run([...PAYMENTS, '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({ Kind: 'service-router', Name: 'payments' });
    const two = await run([...PAYMENTS, '--upstream', 'orders', '--format', 'json']);
    expect(two).toMatchObject({ code: 2, out: '', err: expect.stringContaining('choose one of payments, orders') });
    expect(await documents([...PAYMENTS, '--upstream', 'orders'])).toHaveLength(2);
  });

  it('reports fields, routes, whom it holds for and what is unchecked', async () => {
    const { err } = await run(PAYMENTS);
    expect(err).toMatch(/^payments: payments, rule [0-9a-f]{8}; adds 3 routes$/m);
    expect(err).toMatch(/^ {2}retry\.limit +exact +numRetries 2$/m);
    expect(err).toContain('holds for every caller');
    expect(err).toContain('conflict unchecked');
    expect((await run([...PAYMENTS, '--merge', '-'], ENTRY)).err).not.toContain('conflict unchecked');
  });

  it('prints an entry patched as JSON, and checks what Consul prints or its API lists', async () => {
    const { out } = await run([...PAYMENTS, '--merge', '-'], ENTRY);
    expect(JSON.parse(out)).toMatchObject({ Routes: [{}, {}, {}, { Destination: { NumRetries: 5 } }] });
    const asExported = { code: 0, out: 'service-router payments: as exported\n', err: '' };
    expect(await run([...PAYMENTS, '--check', '-'], out)).toEqual(asExported);
    expect(await run([...PAYMENTS, '--check', '-'], `[${out}]`)).toEqual(asExported);
    const edited = await run([...PAYMENTS, '--check', '-'], out.replace('"NumRetries": 2', '"NumRetries": 9'));
    expect(edited).toEqual({
      code: 1,
      out: 'service-router payments: Routes[0].Destination.NumRetries: 9, and should be 2\n',
      err: '',
    });
    const missing = await run([...PAYMENTS, '--check', '-'], '');
    expect(missing).toMatchObject({ code: 1, out: 'ServiceRouter payments: is missing\n' });
  });

  it('writes nothing for a policy without a rule, and nothing with --strict when something is lost', async () => {
    const nothing = await run(['--upstream', 'nothing']);
    expect(nothing).toMatchObject({ code: 0, out: '', err: expect.stringContaining('Nothing to write') });
    expect(nothing.err).not.toContain('every caller');
    expect(await run([...PAYMENTS, '--strict'])).toMatchObject({ code: 1, out: '' });
  });

  it.each<[string, string[], string[]]>([
    ['to execute for everyone', ['--for-everyone'], ['--for-everyone: is for the targets envoy, istio']],
    ['a port', ['--host', 'bank=bank:80'], ['--host bank=bank:80: must be name=host']],
    ['an upstream without a host', [], ['bank: https is opaque']],
    ['a hash without the rule', [...PAYMENTS, '--keep', '00000000'], ['--keep 00000000: no rule with this hash']],
  ])('refuses %s', async (_name, args, texts) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    for (const text of texts) expect(err).toContain(text);
  });
});
