import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { exportCommand } from '../../src/cli/export.ts';

/** What `meshwise export` prints for a policy file. */
export async function exported(policy: string, args: readonly string[], input: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
  const file = join(directory, 'meshwise.yaml');
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  try {
    await writeFile(file, policy);
    await exportCommand(args, { stdout, stderr, stdin: Readable.from([input]), env: { MESHWISE_CONFIG: file } });
    return String(stdout.read() ?? '');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
