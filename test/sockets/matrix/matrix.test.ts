import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findNode22 } from './node-22.ts';
import { CLIENTS } from './realm.ts';
import { type MatrixResult, runMatrix } from './run-matrix.ts';

const run = promisify(execFile);
const runner = new URL('run-matrix.ts', import.meta.url).pathname;

/** Ten times what it takes on a busy machine with two cores. */
const LIMIT = 600_000;

const node22 = await findNode22((line) => console.log(line));
if ('missing' in node22) {
  if (process.env['MESHWISE_REQUIRE_ENVOY'] === '1') throw new Error(node22.missing);
  console.log(`The matrix under Node 22 is left out. ${node22.missing}`);
}

/** Bodies × faults × methods × aborts: every cell as docs/design.md §4 has it (expected-cell.ts). */
describe.concurrent('every cell has the attempts, the outcome and the bytes that the rules say, and leaves nothing behind', () => {
  it.each(CLIENTS)(
    '%s',
    async (client) => {
      expectAllWell(await runMatrix(client));
    },
    LIMIT,
  );

  it.skipIf('missing' in node22)(
    'fetch and undici.fetch under Node 22',
    async () => {
      const path = 'path' in node22 ? node22.path : '';
      const { stdout } = await run(path, [runner], { env: {}, maxBuffer: 2 ** 26, timeout: LIMIT });
      const results = JSON.parse(stdout) as readonly MatrixResult[];
      expect(results.map(({ client }) => client)).toEqual(CLIENTS);
      for (const result of results) {
        expect(result.node).toMatch(/^22\./);
        expectAllWell(result);
      }
    },
    LIMIT,
  );
});

function expectAllWell({ node, client, cells, seconds, failures }: MatrixResult): void {
  console.log(`matrix: ${cells} cells of ${client} under Node ${node} in ${seconds} s, ${failures.length} failed`);
  expect(failures.slice(0, 20)).toEqual([]);
  expect(cells).toBeGreaterThan(2000);
}
