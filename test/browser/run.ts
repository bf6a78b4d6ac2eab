import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findChromium } from './find-chromium.ts';

/* `npm run test:browser`: the report in a real browser, which is found or unpacked first. */

const ROOT = join(import.meta.dirname, '../..');

async function main(): Promise<void> {
  const browser = await findChromium(process.env);
  console.log(`Browser: ${browser}`);
  const vitest = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'test/browser', ...process.argv.slice(2)],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, MESHWISE_BROWSER: browser } },
  );
  vitest.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
