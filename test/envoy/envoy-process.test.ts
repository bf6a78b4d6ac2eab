import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { policyOf } from './policy-fixture.ts';

const BOOTSTRAP = envoyBootstrap({
  upstreams: [
    { policy: policyOf({ upstream: 'payments' }), listen: { port: 0 }, endpoints: [{ host: '127.0.0.1', port: 9 }] },
  ],
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describeWithEnvoy('an Envoy of our own', (binary) => {
  it('is live when it is there, and gone when it has been stopped', async () => {
    const envoy = await startEnvoy(binary, BOOTSTRAP);
    expect(await envoy.admin('/ready')).toContain('LIVE');
    expect([...envoy.listeners.keys()]).toEqual(['payments']);
    expect(envoy.listeners.get('payments')).toBeGreaterThan(0);
    const directory = dirname(JSON.parse(await envoy.admin('/server_info')).command_line_options.config_path);
    expect(existsSync(directory)).toBe(true);

    await envoy.stop();
    expect(await envoy.exited).toBe(0);
    expect([lives(envoy.pid), existsSync(directory)]).toEqual([false, false]);
    await envoy.stop();
  });

  it('stands beside others', async () => {
    const both = await Promise.all([startEnvoy(binary, BOOTSTRAP), startEnvoy(binary, BOOTSTRAP)]);
    expect(new Set(both.map(({ adminUrl }) => adminUrl)).size).toBe(2);
    await Promise.all(both.map((envoy) => envoy.stop()));
  });

  it('tells when it ends by itself', async () => {
    const envoy = await startEnvoy(binary, BOOTSTRAP);
    process.kill(envoy.pid, 'SIGKILL');
    expect(await envoy.exited).toBeNull();
    await envoy.stop();
  });

  it("shows Envoy's log when it does not start", async () => {
    await expect(startEnvoy(binary, { no_such_field: 1 })).rejects.toThrow(/exit code 1[\s\S]*no_such_field/);
  });

  it('says so when it is not live in time', async () => {
    await expect(startEnvoy(binary, BOOTSTRAP, { startTimeout: 1 })).rejects.toThrow('not live within 1 ms');
  });

  it('says so when there is no such program', async () => {
    await expect(startEnvoy('/no/such/envoy', BOOTSTRAP)).rejects.toThrow(/ENOENT/);
  });

  it('ends with its parent, even one that is killed, and leaves no files', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
    try {
      // A wrapper, since Envoy itself would get a signal from Linux.
      const wrapper = join(directory, 'envoy');
      await writeFile(wrapper, `#!/bin/sh\n'${binary}' "$@"\nexit $?\n`, { mode: 0o755 });
      const source = fileURLToPath(new URL('../../src/compare/envoy/envoy-process.ts', import.meta.url));
      const program = `
        const { startEnvoy } = await import(${JSON.stringify(source)});
        const envoy = await startEnvoy(${JSON.stringify(wrapper)}, ${JSON.stringify(BOOTSTRAP)});
        const { command_line_options } = JSON.parse(await envoy.admin('/server_info'));
        console.log(envoy.pid + ' ' + command_line_options.config_path);`;
      const parent = spawn(process.execPath, ['--experimental-strip-types', '--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
      const [pid, config] = line.split(' ') as [string, string];
      expect([lives(Number(pid)), existsSync(config)]).toEqual([true, true]);
      parent.kill('SIGKILL');
      await expect.poll(() => lives(Number(pid)), { timeout: 10_000 }).toBe(false);
      await expect.poll(() => existsSync(dirname(config)), { timeout: 10_000 }).toBe(false);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
