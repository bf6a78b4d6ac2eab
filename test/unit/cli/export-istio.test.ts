import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { exportCommand } from '../../../src/cli/export.ts';

const CONFIG = `
caller: shop
upstreams:
  Pay_ments:
    match: ['http://*.payments.svc', 'http://payments:8080', 'https://other']
    timeout: 2s
  refunds:
    match: ['http://payments:8080/refunds']
  bank:
    match: ['https://bank.example']
  address:
    match: ['http://10.0.0.1']
  nothing:
    match: ['http://nothing']
    retry: false
`;
const EXISTING = `
apiVersion: v1
kind: List
items:
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata: {name: team, namespace: shop}
  spec: {hosts: [payments], http: [{name: all, route: [{destination: {host: payments}}]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: team, namespace: shop}
spec: {host: payments, subsets: [{name: v1}]}
---
`;
const PAYMENTS = ['--upstream', 'Pay_ments', '--namespace', 'shop'];

describe('meshwise export istio', () => {
  let directory: string;
  let file: string;
  let existing: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
    file = join(directory, 'meshwise.yaml');
    existing = join(directory, 'existing.yaml');
    await writeFile(file, CONFIG);
    await writeFile(existing, EXISTING);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function run(args: readonly string[], input = '') {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const stdin = Readable.from(input === '' ? [] : [input]);
    const code = await exportCommand(['istio', ...args], { stdout, stderr, stdin, env: { MESHWISE_CONFIG: file } });
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  }
  async function documents(args: readonly string[], input?: string) {
    const { code, out, err } = await run(args, input);
    expect(code, err).toBe(0);
    return parseAllDocuments(out).map((document) => document.toJS() as { [key: string]: never });
  }

  it('writes one VirtualService for each host, for all upstreams that are there', async () => {
    const [written, ...more] = await documents(PAYMENTS);
    expect(more).toEqual([]);
    expect(written).toMatchObject({
      metadata: { name: 'pay-ments-meshwise', namespace: 'shop' },
      spec: { hosts: ['payments'] },
    });
    const marks = JSON.stringify(written).match(/(Pay_ments|refunds)\/(sidecar|process)\/[0-9a-f]{8}/g);
    expect(marks?.map((mark) => mark.slice(0, -9))).toEqual([
      ...['refunds/sidecar', 'refunds/sidecar', 'refunds/process'],
      ...['Pay_ments/sidecar', 'Pay_ments/sidecar', 'Pay_ments/process'],
    ]);
  });

  it('quotes every string, and says the same as JSON', async () => {
    const args = [...PAYMENTS, '--destination-rule'];
    const { out } = await run(args);
    expect(out.match(/: (?!["\d[{]|true|false)\S+$/gm)).toBeNull();
    const json = JSON.parse((await run([...args, '--format', 'json'])).out) as { items: unknown[] };
    expect(json).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(json.items).toEqual(await documents(args));
  });

  it('reports fields, routes and what is unchecked', async () => {
    const { err } = await run(PAYMENTS);
    expect(err).toMatch(/^Pay_ments: payments, rule [0-9a-f]{8}; adds 6 routes, about 5\.1 kB in each sidecar/);
    expect(err).toMatch(/^refunds: payments, rule [0-9a-f]{8}$/m);
    expect(err).toMatch(/^ {2}retry\.limit +exact +attempts 2$/m);
    expect(err).toContain('conflict unchecked');
    expect((await run([...PAYMENTS, '--merge', existing])).err).not.toContain('conflict unchecked');
  });

  it('prints what exists, patched, from a file or stdin', async () => {
    const args = [...PAYMENTS, '--destination-rule', '--merge'];
    const [service, rule, ...more] = await documents([...args, existing]);
    expect(more).toEqual([]);
    expect([service?.['metadata'], rule?.['metadata']]).toEqual([
      { name: 'team', namespace: 'shop' },
      { name: 'team', namespace: 'shop' },
    ]);
    expect(JSON.stringify(service)).toContain('all-Pay_ments-meshwise-sidecar');
    expect(rule).toMatchObject({
      spec: { subsets: [{ name: 'v1' }], trafficPolicy: { retryBudget: { percent: 20 } } },
    });
    expect(await documents([...args, '-'], EXISTING)).toEqual([service, rule]);
    expect((await documents([...PAYMENTS, '--merge', existing])).map(({ kind }) => kind)).toEqual(['VirtualService']);
  });

  it('checks what is there: as exported, edited by hand under its mark, or missing', async () => {
    const args = [...PAYMENTS, '--destination-rule'];
    const { out } = await run([...args, '--merge', existing]);
    expect(await run([...args, '--check', '-'], out)).toEqual({
      code: 0,
      out: 'VirtualService shop/team: as exported\nDestinationRule shop/team: as exported\n',
      err: '',
    });
    const edited = out.replace('"30500ms"', '"9s"');
    expect(edited).not.toBe(out);
    expect(await run([...args, '--check', '-'], edited)).toEqual({
      code: 1,
      out: 'VirtualService shop/team: spec.http[all-refunds-meshwise-sidecar].timeout: "9s", and should be "30500ms"\n',
      err: '',
    });
    const missing = await run([...PAYMENTS, '--check', existing]);
    expect(missing).toMatchObject({
      code: 1,
      out: expect.stringContaining('[all-refunds-meshwise-sidecar]: is missing'),
    });
    const nothing = await run([...PAYMENTS, '--check', '-'], '');
    expect(nothing).toMatchObject({ code: 1, out: 'VirtualService shop/pay-ments-meshwise: is missing\n' });
  });

  it('takes the host that it is told', async () => {
    const [written] = await documents(['--upstream', 'bank', '--host', 'bank=bank.shop.svc.cluster.local']);
    expect(written).toMatchObject({ spec: { hosts: ['bank.shop.svc.cluster.local'] } });
  });

  it('writes nothing for a policy without a rule, and nothing with --strict when something is lost', async () => {
    const nothing = await run(['--upstream', 'nothing']);
    expect(nothing).toMatchObject({ code: 0, out: '', err: expect.stringContaining('Nothing to write') });
    expect(await run([...PAYMENTS, '--strict'])).toMatchObject({ code: 1, out: '' });
  });

  it.each<[string, string[], string[]]>([
    ["another target's option", ['--listen', 'bank=a:1'], ['--listen: is for the target envoy']],
    ['an upstream without a host', [], ['bank: https is opaque', 'address: no match of it names', '--host bank=host']],
    ['an unknown upstream', ['--upstream', 'nobody'], ['--upstream nobody', 'Pay_ments, refunds, bank']],
    ['a host of nobody', ['--host', 'nobody=a'], ['--host nobody=a: no such upstream']],
    ['a bad host', ['--host', 'bank'], ['--host bank: must be name=host']],
    ['a bad namespace', ['--namespace', 'A'], ['--namespace']],
    ['a bad hash', ['--keep', 'x'], ['--keep x']],
    ['more hashes than a mark holds', Array(8).fill('--keep=00000000'), ['--keep: a mark has room for 7']],
    ['a hash without the rule', [...PAYMENTS, '--keep', '00000000'], ['--keep 00000000: no rule with this hash']],
    ['merge and check at once', ['--merge', 'a', '--check', 'b'], ['--check']],
    ['a file that is not there', [...PAYMENTS, '--merge', 'nowhere.yaml'], ['nowhere.yaml: there is no such file']],
  ])('refuses %s', async (_name, args, texts) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    for (const text of texts) expect(err).toContain(text);
  });

  it.each([
    ['a: 1\nb: "secret', /^stdin: line 2, column \d+: \S/],
    ['a: |secret\n  b', /^stdin: line 1, column \d+: Block scalar header includes extra characters\n$/],
    ['a: *secret', /^stdin: has an alias without its anchor/],
  ])('says where it cannot read, and shows nothing of it: %j', async (input, message) => {
    const { code, err } = await run([...PAYMENTS, '--merge', '-'], input);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toContain('secret');
  });
});
