import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { describeWithEnvoy } from './envoy-test.ts';

/** Names and numbers that YAML 1.1, which Envoy reads, takes for something else. */
const CONFIG = `
caller: 'off'
upstreams:
  'y': { match: ['http://on'], retry: { methods: [Y, 'NO', 'NULL'] } }
  'no': { match: ['http://1e3.example'] }
  '0123': { match: ['http://null:8080'], circuitBreaker: { consecutiveFailures: 5 }, concurrency: { limit: 4 } }
`;

describeWithEnvoy('what meshwise export writes', (binary) => {
  it.each([{ args: [] }, { args: ['--for-everyone'] }, { args: ['--format', 'json'] }] as { args: string[] }[])(
    'is what Envoy reads: $args',
    async ({ args }) => {
      const directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
      try {
        const config = join(directory, 'meshwise.yaml');
        const output = join(directory, args.includes('json') ? 'envoy.json' : 'envoy.yaml');
        await writeFile(config, CONFIG);
        const io = { stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
        expect(await exportCommand(['envoy', '--config', config, '--output', output, ...args], io)).toBe(0);
        const { stdout } = await promisify(execFile)(binary, ['--mode', 'validate', '--config-path', output]);
        expect(stdout).toContain('OK');
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  );
});
