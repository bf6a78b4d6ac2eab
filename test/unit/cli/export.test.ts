import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exportCommand } from '../../../src/cli/export.ts';
import type { EnvoyBootstrap } from '../../../src/meshes/envoy/bootstrap.ts';

const CONFIG = `
caller: shop
upstreams:
  payments:
    match: ['http://*.payments.svc', 'http://payments:8080/charges', 'http://other:8080']
    timeout: 2s
  'y':
    match: ['http://10.0.0.1']
  bank:
    match: ['https://bank.example']
`;

describe('meshwise export', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
    file = join(directory, 'meshwise.yaml');
    await writeFile(file, CONFIG);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function run(args: string[], { env = {}, terminal = false } = {}) {
    const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: terminal })];
    const code = await exportCommand(args, { stdout, stderr, env: { MESHWISE_CONFIG: file, ...env } });
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  }
  async function bootstrap(...args: string[]): Promise<EnvoyBootstrap> {
    const { code, out, err } = await run(['envoy', '--format', 'json', ...args]);
    expect(code, err).toBe(0);
    return JSON.parse(out) as EnvoyBootstrap;
  }
  const bank = ['--endpoint', 'bank=10.0.0.2:80'];
  const addresses = (of: EnvoyBootstrap) =>
    of.static_resources.clusters.map((cluster) =>
      [...JSON.stringify(cluster).matchAll(/"address":"([^"]+)","port_value":(\d+)/g)].map((m) => `${m[1]}:${m[2]}`),
    );
  const listeners = (of: EnvoyBootstrap) =>
    of.static_resources.listeners.map(({ name, address }) => {
      const { socket_address } = address as { socket_address: { address: string; port_value: number } };
      return `${name} ${socket_address.address}:${socket_address.port_value}`;
    });

  it('takes the endpoint from the first match of one host, and the host that callers would have sent', async () => {
    const written = await bootstrap('--upstream', 'payments', '--upstream', 'y');
    expect(addresses(written)).toEqual([['payments:8080'], ['10.0.0.1:80']]);
    const [payments, y] = written.static_resources.listeners.map((listener) => JSON.stringify(listener));
    expect(payments).toContain('"host_rewrite_literal":"payments:8080"');
    expect(y).not.toContain('host_rewrite_literal');
  });

  it('takes what the command line says', async () => {
    const written = await bootstrap(
      ...['--endpoint', 'payments=a:1', '--endpoint', 'payments=[::1]:2', ...bank],
      ...['--listen', 'y=[::1]:7', '--admin', '127.0.0.2:9'],
    );
    expect(addresses(written)).toEqual([['a:1', '::1:2'], ['10.0.0.1:80'], ['10.0.0.2:80']]);
    expect(listeners(written)).toEqual(['payments 127.0.0.1:18001', 'y ::1:7', 'bank 127.0.0.1:18003']);
    expect(written.admin).toEqual({ address: { socket_address: { address: '127.0.0.2', port_value: 9 } } });
  });

  it('keeps the port of an upstream that is chosen alone', async () => {
    expect(listeners(await bootstrap('--upstream', 'y'))).toEqual(['y 127.0.0.1:18002']);
  });

  it('quotes every string of YAML, and says the same as JSON', async () => {
    const { out } = await run(['envoy', ...bank]);
    expect(out).toContain('name: "y"');
    expect(out).not.toMatch(/[&*][a-z]\d/);
    expect(out.match(/: (?!["\d[{]|true|false)\S+$/gm)).toBeNull();
    expect(parse(out)).toEqual(await bootstrap(...bank));
  });

  it('writes to a file what it would print', async () => {
    const path = join(directory, 'envoy.yaml');
    const { code, out } = await run(['envoy', ...bank, '--output', path]);
    expect([code, out]).toEqual([0, '']);
    expect(await readFile(path, 'utf8')).toBe((await run(['envoy', ...bank])).out);
  });

  it('reports every field, in color on a terminal only, and not with NO_COLOR', async () => {
    const args = ['envoy', '--upstream', 'payments'];
    const { err } = await run(args);
    expect(err).toMatch(/^payments: 127\.0\.0\.1:18001 to payments:8080, rule [0-9a-f]{8}\n/);
    expect(err).toMatch(/^ {2}retry\.limit +exact +num_retries 2$/m);
    expect(err).not.toContain('\u001b');
    expect((await run(args, { terminal: true })).err).toContain('\u001b[32mexact');
    expect((await run(args, { terminal: true, env: { NO_COLOR: '1' } })).err).not.toContain('\u001b');
  });

  it('writes nothing with --strict when something is lost', async () => {
    const { code, out, err } = await run(['envoy', '--upstream', 'payments', '--strict']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('Nothing written: --strict');
  });

  it('executes for everyone when it is told to', async () => {
    const routes = JSON.stringify(await bootstrap('--upstream', 'payments', '--for-everyone'));
    expect(routes).toContain('"name":"policy"');
    expect(JSON.stringify(await bootstrap('--upstream', 'payments'))).toContain('"name":"operator"');
  });

  it("makes spans where it is told where they go, by the caller's own sampling", async () => {
    const args = ['--upstream', 'payments'];
    expect(JSON.stringify(await bootstrap(...args))).not.toMatch(/tracing|otlp/);
    const written = await bootstrap(...args, '--otlp', 'collector:4318');
    expect(addresses(written)).toEqual([['payments:8080'], ['collector:4318']]);
    const [payments] = written.static_resources.listeners.map((listener) => JSON.stringify(listener));
    expect(payments).toContain('"service_name":"shop-sidecar"');
    expect(payments).toContain('"uri":"http://collector:4318/v1/traces","cluster":"otlp:collector"');
    expect(payments).toContain('"use_request_id_for_trace_sampling":false');
    expect(payments).toContain('"spawn_upstream_span":true');
    const rowOfTracing = async (...more: string[]) =>
      /^ {2}tracing +(.+)$/m.exec((await run(['envoy', ...args, ...more])).err)?.[1];
    expect(await rowOfTracing()).toMatch(/^stays in the process .*makes no spans$/);
    expect(await rowOfTracing('--otlp', '[::1]:4318')).toMatch(/^stays in the process .*brings no trace$/);
    expect(await rowOfTracing('--otlp', 'collector:4318', '--for-everyone')).toMatch(/^approximate .*brings no trace$/);
  });

  it.each<[string, string[], string[]]>([
    ['no target', [], ['one target is needed, of: envoy, istio']],
    ['an unknown target', ['linkerd'], ['one target is needed, of: envoy, istio, gateway-api, consul; not linkerd']],
    [
      'two targets',
      ['envoy', 'istio'],
      ['one target is needed, of: envoy, istio, gateway-api, consul; not envoy istio'],
    ],
    [
      "another target's option",
      ['envoy', '--merge', 'a.yaml'],
      ['--merge: is for the targets istio, gateway-api, consul'],
    ],
    ['an unknown option', ['envoy', '--verbose'], ['--verbose']],
    ['an unknown format', ['envoy', '--format', 'toml'], ['yaml, json']],
    ['an unknown upstream', ['envoy', '--upstream', 'nobody'], ['--upstream nobody', 'payments, y, bank']],
    ['an endpoint of nobody', ['envoy', '--endpoint', 'nobody=a:1'], ['--endpoint nobody=a:1', 'payments, y, bank']],
    ['a bad endpoint', ['envoy', '--endpoint', 'y=a'], ['--endpoint y=a', 'name=host:port']],
    ['a port that cannot be', ['envoy', '--listen', 'y=a:65536'], ['--listen y=a:65536', 'name=host:port']],
    ['port 0 of an endpoint', ['envoy', '--endpoint', 'y=a:0'], ['--endpoint y=a:0']],
    ['a collector without a port', ['envoy', '--otlp', 'collector'], ['--otlp: must be host:port']],
    ['a collector on port 0', ['envoy', '--otlp', 'collector:0'], ['--otlp: must be host:port']],
    ['a collector for Istio', ['istio', '--otlp', 'collector:4318'], ['--otlp: is for the target envoy']],
    ['https', ['envoy'], ['bank: https is opaque', '--endpoint bank=host:port']],
    [
      'one address for two',
      ['envoy', '--upstream', 'y', '--listen', 'y=127.0.0.1:9901'],
      ['127.0.0.1:9901: is used twice'],
    ],
    ['a file that is not there', ['envoy', '--config', 'nowhere.yaml'], ['nowhere.yaml', 'no such file']],
    ['an output that cannot be', ['envoy', '--upstream', 'y', '--output', '/no/such/place'], ['--output', 'ENOENT']],
  ])('refuses %s', async (_name, args, texts) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    for (const text of texts) expect(err).toContain(text);
  });

  it('helps', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--for-everyone') });
  });
});
