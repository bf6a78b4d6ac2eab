import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { exportCommand } from '../../../src/cli/export.ts';
import type { JsonObject } from '../../../src/meshes/envoy/json.ts';

export interface ExportRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `meshwise export <target>` over a policy file of these tests' own. */
export function exportOf(target: string, config: string) {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
    await writeFile(join(directory, 'meshwise.yaml'), config);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function run(args: readonly string[], input = ''): Promise<ExportRun> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const stdin = Readable.from(input === '' ? [] : [input]);
    const env = { MESHWISE_CONFIG: join(directory, 'meshwise.yaml') };
    const code = await exportCommand([target, ...args], { stdout, stderr, stdin, env });
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  }

  async function documents(args: readonly string[], input?: string): Promise<readonly JsonObject[]> {
    const { code, out, err } = await run(args, input);
    expect(code, err).toBe(0);
    return parseAllDocuments(out).map((document) => document.toJS() as JsonObject);
  }

  return { run, documents };
}
