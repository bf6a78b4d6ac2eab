import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor.ts';
import type { HostView } from '../../src/ownership/looking/look.ts';
import { retryRuleOf } from '../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { type Program, startProgram } from './looking/a-program.ts';

let directory: string;
let upstream: Program;
/** What the upstream's replies carry. */
let mark: string | undefined;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'meshwise-doctor-'));
  upstream = await startProgram((_request, response) => {
    if (mark !== undefined) response.setHeader('x-meshwise-owner', mark);
    response.end();
  });
});
afterAll(async () => {
  await upstream.stop();
  rmSync(directory, { recursive: true });
});

const NOBODY: Partial<HostView> = {
  listeningPorts: async () => new Set(),
  serviceConnectNames: async () => [],
  host: () => ({ name: 'app-1', addresses: ['127.0.0.1'] }),
};
/** Captures as Istio does, and says no more. */
const ANNOUNCED: Partial<HostView> = { ...NOBODY, listeningPorts: async () => new Set([15_001, 15_006, 15_020]) };

let files = 0;
function aFile(content: object): string {
  const file = join(directory, `${files++}.yaml`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

interface Run {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly mode?: string;
  readonly config?: object;
  readonly hostView?: Partial<HostView>;
  readonly stdin?: string;
  readonly isTerminal?: boolean;
}

async function doctor({ args = [], env = {}, mode = 'auto', hostView = NOBODY, stdin = '', ...more }: Run = {}) {
  const matched = { match: [`http://127.0.0.1:${upstream.port}`] };
  const config = more.config ?? { mode, upstreams: { payments: matched } };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  if (more.isTerminal === true) Object.assign(stdout, { isTTY: true });
  const io = { stdout, stderr, stdin: Readable.from([stdin]), env: { MESHWISE_CONFIG: aFile(config), ...env } };
  const before = upstream.requests.length;
  const code = await doctorCommand(args, io, hostView);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, printed: text(stdout), complained: text(stderr), asked: upstream.requests.slice(before) };
}

const RULE = retryRuleOf(parsePolicy({ upstream: 'payments' }));
const HASH = 'hash' in RULE ? RULE.hash : '';

describe('meshwise doctor', () => {
  it('says that there is nothing to do, and sends one request that asks for hands-off', async () => {
    mark = undefined;
    const { code, printed, asked } = await doctor();
    expect(code).toBe(0);
    expect(printed).toMatch(/^meshwise doctor: mode auto, 1 upstream in /);
    expect(printed).toMatch(/Nothing to do\.\n$/);
    expect(asked.map(({ method, path, headers }) => [method, path, headers['x-meshwise-owner']])).toEqual([
      ['HEAD', '/', 'process'],
    ]);
  });

  it.each([
    ['process', []],
    ['off', []],
    ['observe', ['HEAD']],
    ['mesh', ['HEAD']],
  ])('in mode %s the upstream gets %j', async (mode, methods) => {
    expect((await doctor({ mode })).asked.map(({ method }) => method)).toEqual(methods);
  });

  it('sends no request with --no-probe, and another one with --method', async () => {
    const silent = await doctor({ args: ['--no-probe'] });
    expect([silent.asked, silent.code]).toEqual([[], 0]);
    expect(silent.printed).toContain('not asked: --no-probe');
    expect((await doctor({ args: ['--method', 'options'] })).asked[0]?.method).toBe('OPTIONS');
  });

  it('ends with 1 for an error', async () => {
    mark = 'payments/process/00000000';
    const { code, printed } = await doctor();
    mark = undefined;
    expect(code).toBe(1);
    expect(printed).toMatch(/Findings: 1 error\n {2}error {4}out-of-date, payments\n/);
  });

  it('ends with 1 for a warning only with --strict', async () => {
    const env = { MESHWISE_MESH: 'istio' };
    const lenient = await doctor({ env });
    expect(lenient.printed).toMatch(/warning {2}sidecar-missing/);
    expect(lenient.code).toBe(0);
    expect((await doctor({ env, args: ['--strict'] })).code).toBe(1);
  });

  it('prints all of it as JSON with --json', async () => {
    mark = `payments/process/${HASH}`;
    const { code, printed } = await doctor({ args: ['--json'], hostView: ANNOUNCED });
    mark = undefined;
    const report = JSON.parse(printed) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(Object.keys(report)).toEqual(['mode', 'file', 'found', 'sidecar', 'read', 'upstreams', 'findings']);
    expect(report).toMatchObject({
      mode: 'auto',
      found: [{ mesh: 'istio', kind: 'sidecar', state: 'announced' }],
      upstreams: [{ upstream: 'payments', plan: { concerns: { retry: { owner: 'sidecar' } } }, coverage: null }],
    });
  });

  it('names what it does not examine, and why', async () => {
    const upstreams = Object.fromEntries(
      Array.from({ length: 102 }, (_, index) => [`up-${index}`, { match: [`https://up-${index}.example.com`] }]),
    );
    const config = { mode: 'auto', upstreams: { ...upstreams, wild: { match: ['http://*.example.com'] }, bare: {} } };
    const { printed } = await doctor({ config });
    expect(printed).toContain('not examined, as no match names one host: wild, bare\n');
    expect(printed).toContain('not examined, as there are too many: up-100, up-101\n');
  });

  it('tells what is here without any policy file', async () => {
    const { code, printed } = await doctor({ env: { MESHWISE_CONFIG: '' }, hostView: ANNOUNCED });
    expect(code).toBe(0);
    expect(printed).toMatch(/no policy file\n\nHere\n {2}Istio sidecar, announced, nothing shows whose\n/);
  });

  it('finds rules that a gateway reaches, in manifests from stdin', async () => {
    const http = [{ match: [{ headers: { 'x-meshwise-owner': { exact: `sidecar/${HASH}` } } }], route: [] }];
    const resource = { kind: 'VirtualService', metadata: { name: 'payments' }, spec: { gateways: ['shop'], http } };
    const { code, printed } = await doctor({ args: ['--manifests', '-'], stdin: JSON.stringify(resource) });
    expect(code).toBe(1);
    expect(printed).toMatch(/error {4}reachable-from-gateway/);
  });

  it.each<[string, Run, RegExp]>([
    ['an option', { args: ['--what'] }, /--what/],
    ['a method', { args: ['--method', 'POST'] }, /--method must be one of HEAD, GET, OPTIONS/],
    ['a mode', { env: { MESHWISE_MODE: 'proces' } }, /MESHWISE_MODE.*process, observe, auto, mesh, off/],
    [
      'an admin',
      { env: { MESHWISE_ENVOY_ADMIN: 'http://10.255.255.1:15000' } },
      /not an address of this host; good values/,
    ],
    ['a file', { env: { MESHWISE_CONFIG: '/nowhere.yaml' } }, /nowhere\.yaml/],
  ])('ends with 2 for a bad %s, and sends nothing', async (_what, run, complaint) => {
    const { code, printed, complained, asked } = await doctor(run);
    expect([code, printed, asked]).toEqual([2, '', []]);
    expect(complained).toMatch(/^meshwise doctor: /);
    expect(complained).toMatch(complaint);
  });

  it('is coloured on a terminal only, and not with NO_COLOR', async () => {
    const plain = await doctor();
    expect(stripVTControlCharacters(plain.printed)).toBe(plain.printed);
    const coloured = await doctor({ isTerminal: true });
    expect(coloured.printed).not.toBe(stripVTControlCharacters(coloured.printed));
    const asked = await doctor({ isTerminal: true, env: { NO_COLOR: '1' } });
    expect(stripVTControlCharacters(asked.printed)).toBe(asked.printed);
  });

  it("prints a reply's header so that a terminal takes it for text, and not all of it", async () => {
    mark = `\u009b31m${'x'.repeat(200)}`;
    const { printed } = await doctor();
    mark = undefined;
    expect(printed).toContain(`x-meshwise-owner: "?31m${'x'.repeat(96)}" (not a mark)`);
  });
});
