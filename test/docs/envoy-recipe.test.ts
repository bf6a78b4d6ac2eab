import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { readDocument } from './documents.ts';

it('the Envoy recipe shows what the command prints for its policy', async () => {
  const { blocks } = readDocument('docs/meshes/envoy.md');
  const [policy = '', rule = ''] = blocks.flatMap(({ language, code }) => (language === 'yaml' ? [code] : []));
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
  const file = join(directory, 'meshwise.yaml');
  try {
    await writeFile(file, policy);
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    await exportCommand(['envoy'], { stdout, stderr, env: { MESHWISE_CONFIG: file } });
    const printed = String(stdout.read() ?? '');
    expect(rule).toContain('meshwise-sidecar');
    expect(printed).toContain(rule);
    // Where the recipe says that it listens.
    expect(printed).toMatch(/port_value: 18001\n/);
    expect(printed).toMatch(/port_value: 9901\n/);
    for (const name of ['meshwise-sidecar-unsafe', 'meshwise-process']) expect(printed).toContain(`- name: "${name}"`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
