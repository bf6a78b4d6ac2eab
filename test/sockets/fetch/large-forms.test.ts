import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as undici from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('a form above bufferBody', () => {
  it.each([
    ['Node’s, by Node’s fetch', fetch, FormData],
    [
      'undici’s, by undici’s fetch',
      undici.fetch as unknown as typeof fetch,
      undici.FormData as unknown as typeof FormData,
    ],
    [
      'Node’s, by undici’s fetch (by itself it sends `[object FormData]`)',
      undici.fetch as unknown as typeof fetch,
      FormData,
    ],
  ] as const)('is sent again, with the files of openAsBlob: %s', async (_, own, Form) => {
    const folder = await mkdtemp(join(tmpdir(), 'meshwise-form-'));
    try {
      const file = join(folder, 'large.txt');
      const content = 'from the disk '.repeat(20_000);
      await writeFile(file, content);
      const { path, requests } = upstream.script(503, 'reset', 200);
      const { client } = aClient({ retry: { bufferBody: 10 } }, { fetch: own });
      const data = new Form();
      data.append('field', 'value');
      data.append('file', await openAsBlob(file), 'large.txt');
      expect((await client(upstream.origin + path, { method: 'PUT', body: data })).status).toBe(200);
      const [first] = requests;
      expect(requests.map(({ body }) => body === first?.body)).toEqual([true, true, true]);
      expect(first?.body).toContain(
        `filename="large.txt"\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n`,
      );
      for (const { body, headers } of requests) {
        expect(headers['content-length']).toBe(String(body.length));
        expect(headers['content-type']).toBe(first?.headers['content-type']);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
