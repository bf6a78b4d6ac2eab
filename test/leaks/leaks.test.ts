import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The command with a few calls: whatever is counted exactly shows after as few; the heap tells more after a million. */
it('nothing is left of 20,000 calls', { timeout: 120_000 }, async () => {
  const command = fileURLToPath(new URL('leaks.ts', import.meta.url));
  const child = spawn(process.execPath, [command, '--calls', '20000'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect({ code, errors, output }).toEqual({
    code: 0,
    errors: '',
    output: expect.stringContaining('Nothing is left.'),
  });
});
