import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startTcpProgram } from './a-program.ts';

const run = promisify(execFile);
const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Each waits ten minutes for an answer that never comes. */
const ASKING = (port: number): Readonly<Record<string, string>> => ({
  'a question': `
    import { ask } from ${at('../../../src/ownership/looking/fingerprint.ts')};
    const options = { background: true, timeout: 600_000 };
    void ask({ port: ${port}, path: '/ready' }, new AbortController().signal, options);`,
  'an admin': `
    import { readAdmin } from ${at('../../../src/meshes/envoy/admin/read-admin.ts')};
    const address = { host: '127.0.0.1', port: ${port}, shown: '' };
    void readAdmin(address, '/server_info', { background: true, timeout: 600_000 });`,
});

it.each(['a question', 'an admin'])(
  '%s in the background keeps no process alive',
  async (what) => {
    await using program = await startTcpProgram(() => {});
    // Whoever keeps it alive is ended after a minute, and that rejects.
    const args = ['--input-type=module', '--eval', ASKING(program.port)[what] ?? ''];
    await expect(run(process.execPath, args, { timeout: 60_000 })).resolves.toMatchObject({ stderr: '' });
  },
  90_000,
);
