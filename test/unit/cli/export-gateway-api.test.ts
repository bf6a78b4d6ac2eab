import { describe, expect, it } from 'vitest';
import { exportOf } from './an-export.ts';

const { run, documents } = exportOf(
  'gateway-api',
  `
caller: shop
upstreams:
  Pay_ments:
    match: ['http://payments:8080', 'http://payments:9090/other']
  refunds:
    match: ['http://payments:8080/refunds', 'https://payments:8080/secure', 'http://payments:9090/else']
  metrics:
    match: ['http://payments:9090']
  bank:
    match: ['https://bank.example']
  nothing:
    match: ['http://nothing']
    retry: { on: [reset] }
`,
);
const EXISTING = `
apiVersion: v1
kind: List
items:
- apiVersion: gateway.networking.k8s.io/v1
  kind: HTTPRoute
  metadata: { name: team, namespace: shop }
  spec:
    parentRefs: [{ group: "", kind: Service, name: payments, port: 8080 }]
    rules:
    - name: all
      matches: [{ path: { type: PathPrefix, value: / } }]
      backendRefs: [{ name: payments, port: 8080 }]
`;
const PAYMENTS = ['--upstream', 'Pay_ments', '--namespace', 'shop'];

describe('meshwise export gateway-api', () => {
  it('writes one HTTPRoute for each port of a Service, for all upstreams that are there', async () => {
    const [written, ...more] = await documents(PAYMENTS);
    expect(more).toEqual([]);
    expect(written).toMatchObject({
      kind: 'HTTPRoute',
      metadata: { name: 'pay-ments-meshwise', namespace: 'shop' },
      spec: { parentRefs: [{ name: 'payments', port: 8080 }] },
    });
    const marks = JSON.stringify(written).match(/(Pay_ments|refunds|metrics)\/(sidecar|process)\/[0-9a-f]{8}/g);
    expect(marks?.map((mark) => mark.slice(0, -9))).toEqual([
      'refunds/sidecar',
      'refunds/process',
      'Pay_ments/sidecar',
      'Pay_ments/process',
    ]);
    expect(JSON.stringify(written)).not.toMatch(/\/(other|secure|else)/);
    const other = await documents(['--upstream', 'metrics']);
    expect(other).toMatchObject([{ spec: { parentRefs: [{ port: 9090 }] } }]);
  });

  it('reports fields, matches, the channel and what is unchecked', async () => {
    const { err } = await run(PAYMENTS);
    expect(err).toMatch(/^Pay_ments: payments:8080, rule [0-9a-f]{8}; adds 14 matches$/m);
    expect(err).toMatch(/^refunds: payments:8080, rule [0-9a-f]{8}$/m);
    expect(err).toMatch(/^ {2}retry\.limit +exact +attempts 2$/m);
    expect(err).toContain('experimental channel');
    expect(err).toContain('conflict unchecked');
    expect((await run([...PAYMENTS, '--merge', '-'], EXISTING)).err).not.toContain('conflict unchecked');
  });

  it('prints what exists, patched, and checks it: as exported, edited by hand, pruned by a standard CRD, or missing', async () => {
    const { out } = await run([...PAYMENTS, '--merge', '-'], EXISTING);
    expect(out).toContain('name: "all-pay-ments-meshwise-sidecar"');
    expect(await run([...PAYMENTS, '--check', '-'], out)).toEqual({
      code: 0,
      out: 'HTTPRoute shop/team: as exported\n',
      err: '',
    });
    const edited = await run([...PAYMENTS, '--check', '-'], out.replace('attempts: 2', 'attempts: 3'));
    expect(edited).toEqual({
      code: 1,
      out: 'HTTPRoute shop/team: spec.rules[all-refunds-meshwise-sidecar].retry.attempts: 3, and should be 2\n',
      err: '',
    });
    const pruned = out.replace(/^ +retry:\n(?: {8,}.*\n)+/gm, '');
    expect(pruned).not.toContain('attempts');
    const noRetry = await run([...PAYMENTS, '--check', '-'], pruned);
    expect(noRetry).toMatchObject({
      code: 1,
      out: expect.stringContaining('].retry: not there, and should be {"codes"'),
    });
    const missing = await run([...PAYMENTS, '--check', '-'], '');
    expect(missing).toMatchObject({ code: 1, out: 'HTTPRoute shop/pay-ments-meshwise: is missing\n' });
  });

  it('takes the Service and port that it is told', async () => {
    const [written] = await documents(['--upstream', 'bank', '--host', 'bank=Bank.shop.svc.cluster.local:8443']);
    expect(written).toMatchObject({ spec: { parentRefs: [{ name: 'bank', namespace: 'shop', port: 8443 }] } });
    const [ofMatch] = await documents(['--upstream', 'metrics', '--host', 'metrics=payments']);
    expect(ofMatch).toMatchObject({ spec: { parentRefs: [{ port: 9090 }] } });
  });

  it('writes nothing for a policy without a rule, and nothing with --strict when something is lost', async () => {
    const nothing = await run(['--upstream', 'nothing']);
    expect(nothing).toMatchObject({ code: 0, out: '', err: expect.stringContaining('Nothing to write') });
    expect(nothing.err).not.toContain('experimental');
    expect(await run([...PAYMENTS, '--strict'])).toMatchObject({ code: 1, out: '' });
  });

  it.each<[string, string[], string[]]>([
    ['another target’s option', ['--destination-rule'], ['--destination-rule: is for the target istio']],
    ['to execute for everyone', ['--for-everyone'], ['--for-everyone: is for the targets envoy, istio']],
    ['a Service without a port', ['--upstream', 'bank', '--host', 'bank=bank'], ['needed: bank=bank:port']],
    ['a bad port', ['--host', 'bank=bank:70000'], ['--host bank=bank:70000: must be name=host:port']],
    ['an upstream without a host', [], ['bank: https is opaque']],
    ['a hash without the rule', [...PAYMENTS, '--keep', '00000000'], ['--keep 00000000: no rule with this hash']],
  ])('refuses %s', async (_name, args, texts) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    for (const text of texts) expect(err).toContain(text);
  });
});
