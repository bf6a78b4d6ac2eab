import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, createMeshwise } from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { expectWritten } from './written-worst.ts';

/*
 * The attack: somebody may write the policy file, and writes what a YAML reader might run, expand or drown in.
 */

const run = promisify(execFile);
const SECRET = 's3cr3t';

/** Ten times itself, in twelve generations: 10^13 words in 800 bytes. */
const BOMB = [
  'a0: &a0 [x,x,x,x,x,x,x,x,x,x]',
  ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]`),
].join('\n');

/** One list, 90 times: the reader's own count of aliases lets it pass. */
const MANY_USES = `x: &x [${'y,'.repeat(50_000)}]\nupstreams: {${Array.from({ length: 90 }, (_, n) => `u${n}: { match: *x }`).join(', ')}}`;

const FILES: Readonly<Record<string, string>> = {
  'a function of JavaScript': `mode: !!js/function "globalThis.${SECRET} = true"`,
  'an object of JavaScript': `mode: !!js/undefined ${SECRET}`,
  "Python's way to run a program": `mode: !!python/object/apply:os.system ["${SECRET}"]`,
  'a tag of its own': `mode: !<tag:example.com,2026:${SECRET}> auto`,
  'a binary': 'mode: !!binary czNjcjN0',
  'a timestamp, which is a word': 'mode: 2026-01-01T00:00:00Z',
  'a merge of another mapping': `a: &a { timeout: 1s }\nupstreams: { payments: { <<: *a, ${SECRET}: 1 } }`,
  'an alias bomb': BOMB,
  'one large value under many aliases': MANY_USES,
  'a circle': '&a\nupstreams: *a',
  depth: `upstreams: ${'{ a: '.repeat(20_000)}`,
  'depth by dashes': '- '.repeat(100_000),
  'many keys': Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n'),
  'one key many times': 'mode: auto\n'.repeat(20_000),
  'more bytes than a policy has': `# ${'x'.repeat(1_100_000)}`,
  'a prototype': '__proto__: { mode: auto }\nupstreams: { payments: { __proto__: { timeout: 1 } } }',
};

describe('a hostile policy file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshwise-hostile-'));
  let upstream: ScriptedUpstream;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(async () => {
    await upstream.stop();
    rmSync(folder, { recursive: true });
  });

  function written(content: string): string {
    const file = join(folder, 'meshwise.yaml');
    writeFileSync(file, content);
    return file;
  }

  it.each(Object.entries(FILES))('%s: is refused, and nothing of it is run or shown', (_what, content) => {
    const file = written(content);
    let error: unknown;
    try {
      createMeshwise({ file, env: {} });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as ConfigError;
    // A key that is not known is named; its value is not.
    if (!content.includes(`${SECRET}: 1`)) expect(message).not.toContain(SECRET);
    expect(message.length).toBeLessThan(20_000);
    expect(SECRET in globalThis).toBe(false);
    expect(({} as Record<string, unknown>)['mode']).toBeUndefined();
  });

  it.each(['an alias bomb', 'one large value under many aliases', 'many keys', 'depth by dashes'])(
    '%s: the refusal needs no more memory than a small process has',
    async (what) => {
      const file = written(FILES[what] ?? '');
      const index = new URL('../../src/index.ts', import.meta.url).href;
      const script = `
        const { createMeshwise } = await import(process.argv[1]);
        try { createMeshwise({ file: process.argv[2], env: {} }); } catch ({ code }) { console.log(code); }`;
      const heap = 128;
      const flags = [`--max-old-space-size=${heap}`, '--input-type=module', '--eval', script];
      expect((await run(process.execPath, [...flags, index, file])).stdout).toBe('MESHWISE_CONFIG\n');
      expectWritten(`within a heap of ${heap} MB`);
    },
  );

  it('named by MESHWISE_CONFIG: the calls go on without it, with a warning; strictly, nothing starts', async () => {
    const env = { MESHWISE_CONFIG: written(BOMB) };
    const meshwise = createMeshwise({ env });
    const warned = new Promise((resolve) => meshwise.on('warning', ({ code }) => resolve(code)));
    expect(await warned).toBe('MESHWISE_CONFIG');
    const { path, requests } = upstream.script(503);
    expect((await meshwise.fetch(upstream.origin + path)).status).toBe(503);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).not.toHaveProperty('x-meshwise-attempt');
    expectWritten(`a GET that fails is attempted ${requests.length} time instead of 3, and nothing bounds it`);
    expect(() => createMeshwise({ env: { ...env, MESHWISE_STRICT: '1' } })).toThrow(ConfigError);
  });
});
