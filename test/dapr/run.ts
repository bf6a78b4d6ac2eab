import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findDaprd } from './find-daprd.ts';

/* `npm run test:dapr`: the tests against a real daprd, which is found or built first. */

const ROOT = join(import.meta.dirname, '../..');
const daprd = await findDaprd(process.env, console.log);
console.log(`daprd: ${daprd}`);
const vitest = spawn(
  process.execPath,
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/dapr', ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, MESHWISE_DAPRD: daprd },
  },
);
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
