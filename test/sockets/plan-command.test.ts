import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planCommand } from '../../src/cli/plan.ts';
import { retryRuleOf } from '../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

class Captured extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

let directory: string;
let server: Server;
let origin: string;
let seen: Seen[];
/** What the upstream's replies carry. */
let mark: string | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'meshwise-plan-'));
  seen = [];
  mark = undefined;
  server = createServer((request, response) => {
    seen.push({ method: request.method, url: request.url, headers: request.headers });
    if (mark !== undefined) response.setHeader('x-meshwise-owner', mark);
    if (request.url?.startsWith('/moved')) response.writeHead(302, { location: '/elsewhere' });
    response.end('a body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

function configFile(mode: string, more = ''): string {
  const file = join(directory, 'meshwise.yaml');
  writeFileSync(
    file,
    `mode: ${mode}\nupstreams:\n  payments:\n    match: ['${origin}', 'https://payments', 'http://169.254.169.254', 'http://*.example.com']\n    timeout: 2s\n${more}`,
  );
  return file;
}

/** Of the rule that the file's policy exports. */
function hash(): string {
  const own = retryRuleOf(parsePolicy({ upstream: 'payments', timeout: '2s' }));
  if ('obstacle' in own) throw new Error(own.obstacle);
  return own.hash;
}

async function plan(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const code = await planCommand(args, { stdout, stderr, env });
  return { code, out: stdout.text, err: stderr.text };
}

describe('meshwise plan: evidence', () => {
  it('asks once, hands-off, and finds the rule on offer', async () => {
    mark = `payments/process/${hash()}+77aa0b12`;
    const { code, out, err } = await plan([`${origin}/charges?key=secret`, '--config', configFile('auto')]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^retry +sidecar +reply +the mark proves rule /m);
    expect(out).toContain(`HEAD ${origin}/charges: 200, mark "${mark}"`);
    expect(out).toContain(`our rule ${hash()}: on offer`);
    expect(out).not.toContain('secret');
    expect(seen.map(({ method, url, headers }) => [method, url, headers['x-meshwise-owner']])).toEqual([
      ['HEAD', '/charges?key=secret', 'process'],
    ]);
  });

  it.each([
    [undefined, /: 200, no mark$/m, /^retry +process +none +unproven/m],
    ['payments/process/00000000', /our rule \w+: not on offer/, /^retry +process +reply +out of date/m],
    ['orders/process/00000000', /the mark is of upstream orders/, /^retry +process +none +unproven/m],
    ['hello', /x-meshwise-owner: "hello" \(not a mark\)/, /^retry +process +none +unproven/m],
  ])('with the header %s', async (header, evidence, retry) => {
    mark = header;
    const { code, out } = await plan([`${origin}/`, '--config', configFile('auto')]);
    expect(code).toBe(0);
    expect(out).toMatch(evidence);
    expect(out).toMatch(retry);
  });

  it('follows no redirect, and takes another safe method', async () => {
    const { out } = await plan([`${origin}/moved`, '--method', 'get', '--config', configFile('observe')]);
    expect(out).toContain(`GET ${origin}/moved: 302, no mark`);
    expect(seen).toHaveLength(1);
  });

  it('says why there was no answer', async () => {
    const file = configFile('auto');
    await new Promise((resolve) => server.close(resolve));
    const { code, out } = await plan([`${origin}/`, '--config', file]);
    expect(code).toBe(0);
    expect(out).toContain(`HEAD ${origin}/: ECONNREFUSED`);
  });

  it('prints JSON', async () => {
    mark = `payments/process/${hash()}`;
    const { out } = await plan([`${origin}/`, '--json', '--config', configFile('auto')]);
    expect(JSON.parse(out)).toMatchObject({
      plan: { upstream: 'payments', mode: 'auto', ruleHash: hash(), concerns: { retry: { owner: 'sidecar' } } },
      evidence: { method: 'HEAD', kind: 'answered', status: 200, mark: { upstream: 'payments', owner: 'process' } },
    });
  });

  it.each([
    ['process', '/', '', 'mode process looks for no mesh'],
    ['off', '/', '', 'mode off looks for no mesh'],
    ['auto', '/', '    mesh: false\n', 'mesh: false in the policy'],
    ['auto', 'https://payments/', '', 'https: is opaque to a transparent sidecar'],
    ['auto', 'https://payments/', '    mesh: true\n', 'https: is opaque to a transparent sidecar'],
    [
      'auto',
      'http://169.254.169.254/',
      '    mesh: true\n',
      'link-local addresses and metadata services are never asked',
    ],
    ['auto', 'http://api.example.com/', '', 'the host is not known as one of your own'],
  ])('in mode %s does not ask %s%s: %s', async (mode, target, more, why) => {
    const url = target === '/' ? `${origin}/` : target;
    const { code, out } = await plan([url, '--config', configFile(mode, more)]);
    expect(code).toBe(0);
    expect(out).toContain(`not asked: ${why}`);
    expect(seen).toEqual([]);
  });

  it('sends nothing with --no-probe', async () => {
    const { out } = await plan([`${origin}/`, '--no-probe', '--config', configFile('auto')]);
    expect(out).toContain('not asked: --no-probe');
    expect(seen).toEqual([]);
  });
});

describe('meshwise plan: input', () => {
  it('takes file and mode from the environment', async () => {
    const { out } = await plan([`${origin}/`, '--no-probe'], {
      MESHWISE_CONFIG: configFile('process'),
      MESHWISE_MODE: 'off',
    });
    expect(out).toContain(`payments at ${origin}/, mode off`);
  });

  it('says what happens to a URL without a policy', async () => {
    const { code, out } = await plan(['http://orders/', '--config', configFile('auto')]);
    expect([code, out]).toEqual([
      0,
      'No policy matches http://orders/: tracing only, no retry, timeout or breaker. Upstreams in the file: payments\n',
    ]);
    expect(seen).toEqual([]);
  });

  it('prints its usage', async () => {
    const { code, out } = await plan(['--help']);
    expect([code, out.split('\n')[0]]).toEqual([
      0,
      'meshwise plan <url> [--config file] [--json] [--no-probe] [--method HEAD]',
    ]);
  });

  it.each<[string[], NodeJS.ProcessEnv, RegExp]>([
    [[], {}, /^meshwise plan: one URL is needed/],
    [['http://a/', 'http://b/'], {}, /one URL is needed/],
    [['payments:8080'], {}, /the URL must begin with http:\/\/ or https:\/\//],
    [['ftp://payments/'], {}, /the URL must begin with/],
    [['http://payments/', '--method', 'POST'], {}, /--method must be one of HEAD, GET, OPTIONS/],
    [['http://payments/', '--colour'], {}, /--colour/],
    [['http://payments/', '--config', 'no-such-file.yaml'], {}, /no-such-file\.yaml: there is no such file/],
    [['http://payments/'], { MESHWISE_MODE: 'atuo' }, /MESHWISE_MODE: "atuo" is not one of/],
  ])('%j: exit code 2 and a clear message', async (args, env, message) => {
    const { code, out, err } = await plan(args, env);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(seen).toEqual([]);
  });
});
