import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/policy/config.ts';
import { readConfigFile } from '../../../src/policy/policy-file.ts';
import { problemsOf, refusal } from './problems-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshwise-policy-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function written(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, content);
  return path;
}

function read(content: string | Uint8Array): unknown {
  return readConfigFile(written(content));
}

const YAML = `
mode: process
defaults: { timeout: 10s }
upstreams:
  payments:
    match: ['http://payments:8080', 'http://*.payments.svc.cluster.local']     # without match: by name only
    timeout: 2s
    retry: { limit: 2, on: [connect-failure, gateway-error, 429] }
`;

describe('readConfigFile', () => {
  it('reads YAML', () => {
    const config = parseConfig(readConfigFile(written(YAML)), 'meshwise.yaml');
    expect(config.mode).toBe('process');
    expect(config.upstreams[0]?.policy).toMatchObject({
      upstream: 'payments',
      timeout: 2000,
      retry: { limit: 2, on: ['connect-failure', 'gateway-error', 429] },
    });
  });

  it.each<[string, string | Uint8Array, unknown]>([
    ['JSON', '{"mode":"auto","upstreams":{"a":{"timeout":5}}}', { mode: 'auto', upstreams: { a: { timeout: 5 } } }],
    [
      'YAML 1.2: these are words',
      'mode: off\ncaller: on\nupstreams: { y: { tracing: no } }',
      {
        mode: 'off',
        caller: 'on',
        upstreams: { y: { tracing: 'no' } },
      },
    ],
    ['an upstream with a number for a name', 'upstreams: { 8080: {} }', { upstreams: { 8080: {} } }],
    [
      'a few aliases',
      'defaults: &d { timeout: 1s }\nupstreams: { a: *d, b: *d }',
      {
        defaults: { timeout: '1s' },
        upstreams: { a: { timeout: '1s' }, b: { timeout: '1s' } },
      },
    ],
    ['a byte order mark', '\uFEFFmode: off', { mode: 'off' }],
    ['nothing', '', {}],
    ['comments only', '# later\n', {}],
  ])('reads %s', (_, content, value) => {
    expect(read(content)).toEqual(value);
  });

  const bomb = `${'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n'}${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`).join('')}`;

  it.each<[string, string | Uint8Array, string, string]>([
    [
      'a key twice',
      'upstreams:\n  a:\n    timeout: s3cr3t\n    timeout: 2s',
      'line 4, column 5',
      'the key "timeout" is already there',
    ],
    [
      'a key twice in JSON',
      '{"mode":"auto",\n "mode":"s3cr3t"}',
      'line 2, column 2',
      'the key "mode" is already there',
    ],
    [
      'an open bracket',
      'upstreams: { a: {}',
      'line 1, column 19',
      'Flow map in block collection must be sufficiently indented and end with a }',
    ],
    ['an open quote', 'mode: "s3cr3t', 'line 1, column 14', 'Missing closing "quote'],
    ['a tab', 'upstreams:\n\ta: {}', 'line 2, column 1', 'Tabs are not allowed as indentation'],
    [
      'bad indentation',
      'upstreams:\n   a: {}\n  b: s3cr3t',
      'line 3, column 1',
      'All mapping items must start at the same column',
    ],
    ['an escape that is none', String.raw`mode: "\qs3cr3t"`, 'line 1, column 8', 'invalid escape sequence'],
    ['more behind a value', "mode: 'auto' s3cr3t", 'line 1, column 14', 'Unexpected scalar at node end'],
    [
      'two documents',
      'mode: auto\n---\nmode: s3cr3t',
      'line 2, column 1',
      'Source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
    ['a tag', 'mode: !s3cr3t auto', 'line 1, column 7', 'tags have no meaning here'],
    ['a tag of JavaScript', 'mode: !!js/function "s3cr3t"', 'line 1, column 7', 'tags have no meaning here'],
    ['a binary', 'mode: !!binary czNjcjN0', 'line 1, column 7', 'tags have no meaning here'],
    ['a key that is no word', '? [s3cr3t]\n: 1', 'line 1, column 3', 'With stringKeys, all keys must be strings'],
    ['an alias without anchor', 'mode: *s3cr3t', '', 'has an alias before its anchor'],
    ['an alias bomb', bomb, '', 'uses aliases more than 100 times'],
    ['a list', '- s3cr3t', '', 'must hold an object with keys such as upstreams, not an array'],
    ['a word', 'upstreams', '', 'must hold an object with keys such as upstreams, not "upstreams"'],
    ['bytes that are no text', Uint8Array.of(0x6d, 0x3a, 0x20, 0xff), '', 'is not UTF-8'],
  ])('refuses %s', (_, content, path, message) => {
    const { problems, message: whole } = refusal(() => read(content));
    expect(problems).toEqual([{ path, message }]);
    expect(whole).not.toContain('s3cr3t');
  });

  it('reports several mistakes together, after the name of the file', () => {
    const path = written('mode: a\nmode: b\ncaller: !x c\n');
    expect(refusal(() => readConfigFile(path)).message).toBe(
      `${path}:\n  - line 2, column 1: the key "mode" is already there\n  - line 3, column 9: tags have no meaning here`,
    );
  });

  it('refuses what is not there or no file', () => {
    const missing = refusal(() => readConfigFile(join(folder, 'missing.yaml')));
    expect(missing.message).toBe(`${join(folder, 'missing.yaml')}: there is no such file`);
    expect(missing.cause).toMatchObject({ code: 'ENOENT' });
    expect(problemsOf(() => readConfigFile(folder))).toEqual([{ path: '', message: 'cannot be read (EISDIR)' }]);
  });

  it('leaves prototypes alone', () => {
    const content = read('__proto__: { mode: off }\nupstreams: { a: { __proto__: { timeout: 1 } } }');
    expect(({} as Record<string, unknown>)['mode']).toBeUndefined();
    expect(problemsOf(() => parseConfig(content as object, 'file')).map(({ path }) => path)).toEqual([
      '__proto__',
      'upstreams.a.__proto__',
    ]);
  });

  it('is taken by surprise neither by a circle nor by depth', () => {
    expect(problemsOf(() => read('&a\nupstreams: *a'))).toMatchObject([
      { message: 'holds more than 100000 values, an alias counted at each use' },
    ]);
    expect(problemsOf(() => read('['.repeat(50_000))).length).toBeGreaterThan(0);
  });

  it('loads the YAML reader with the first file, not with the module', () => {
    const script = `
      import { createRequire } from 'node:module';
      const { readConfigFile } = await import(process.argv[1]);
      const { cache } = createRequire(import.meta.url);
      const loaded = () => Object.keys(cache).some((file) => file.includes('yaml'));
      const before = loaded();
      readConfigFile(process.argv[2]);
      console.log(before, loaded());`;
    const module = new URL('../../../src/policy/policy-file.ts', import.meta.url).href;
    const args = ['--input-type=module', '--eval', script, module, written(YAML)];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe('false true');
  });
});
