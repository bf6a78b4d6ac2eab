import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { readDocument } from './documents.ts';

it('the Istio recipe shows what the command prints and finds', async () => {
  const { blocks } = readDocument('docs/meshes/istio.md');
  const [policy = '', existing = '', pair = ''] = blocks.flatMap(({ language, code }) =>
    language === 'yaml' ? [code] : [],
  );
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
  const file = join(directory, 'meshwise.yaml');
  const run = async (option: string, input: string) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const args = ['istio', '--namespace', 'shop', option, '-'];
    await exportCommand(args, { stdout, stderr, stdin: Readable.from([input]), env: { MESHWISE_CONFIG: file } });
    return String(stdout.read() ?? '');
  };
  try {
    await writeFile(file, policy);
    const printed = await run('--merge', existing);
    expect(pair.length).toBeGreaterThan(500);
    expect(printed).toContain(pair);
    expect(printed.match(/- name: |- route:/g)).toHaveLength(8);
    const edited = printed.replace('attempts: 2', 'attempts: 3');
    expect(blocks.find(({ language }) => language === '')?.code).toBe(await run('--check', edited));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
