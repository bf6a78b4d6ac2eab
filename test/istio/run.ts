import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findGenerator } from './find-generator.ts';

/* `npm run test:istio`: the tests against Istio's own generator, which is found or built first. */

const ROOT = join(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const generator = await findGenerator(process.env, console.log);
  console.log(`Istio's generator: ${generator}`);
  const vitest = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/istio', ...process.argv.slice(2)],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, MESHWISE_ISTIO_GENERATOR: generator, MESHWISE_REQUIRE_ENVOY: '1' },
    },
  );
  vitest.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
