import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findConsul } from './find-consul.ts';

/* `npm run test:consul`: the tests against a real Consul with its sidecars, which is found or built first. */

const ROOT = join(import.meta.dirname, '../..');
const consul = await findConsul(process.env, console.log);
console.log(`Consul: ${consul}`);
const vitest = spawn(
  process.execPath,
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/consul', ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, MESHWISE_CONSUL: consul, MESHWISE_REQUIRE_ENVOY: '1' },
  },
);
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
