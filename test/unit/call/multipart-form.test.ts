import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as undici from 'undici';
import { describe, expect, it } from 'vitest';
import { type FormEntries, multipartForm } from '../../../src/call/multipart-form.ts';

interface Encoded {
  readonly text: string;
  readonly contentType: string;
}

/** What fetch makes of a form: its boundary is drawn anew each time, in the same length. */
async function byFetch(form: FormData, Realm: typeof Response): Promise<Encoded> {
  const response = new Realm(form);
  return masked(Buffer.from(await response.arrayBuffer()), response.headers.get('content-type') ?? '');
}

async function byUs(form: FormEntries): Promise<Encoded> {
  const multipart = multipartForm(form);
  if (multipart === undefined) throw new Error('the form was refused');
  return masked(Buffer.from(await multipart.body.arrayBuffer()), multipart.contentType);
}

function masked(bytes: Buffer, contentType: string): Encoded {
  const boundary = /boundary=(.*)$/.exec(contentType)?.[1] ?? '-';
  const mask = (text: string) => text.replaceAll(boundary, 'B'.repeat(boundary.length));
  return { text: mask(bytes.toString('latin1')), contentType: mask(contentType) };
}

type Entry = readonly [name: string, value: string | Blob, fileName?: string];

const FORMS: readonly (readonly [what: string, entries: readonly Entry[]])[] = [
  ['nothing', []],
  ['an empty name and value', [['', '']]],
  [
    'fields, one of them twice',
    [
      ['a', '1'],
      ['b', 'grüße 😀'],
      ['a', '2'],
    ],
  ],
  ['a name with quotes, backslashes and per cent', [['"a"\\%22', 'v']]],
  ['names with every kind of line end', [['a\rb\nc\r\nd\n\re', 'v']]],
  ['values with every kind of line end', [['a', 'a\rb\nc\r\nd\n\re\r\n']]],
  ['a value that looks like a part', [['a', '\r\n------formdata-undici-0\r\nContent-Disposition: form-data\r\n\r\n']]],
  ['lone surrogates', [['\ud800', '\udc00']]],
  ['a null byte', [['a\0b', '\0']]],
  ['a Blob, which is called blob', [['f', new Blob(['content'], { type: 'text/plain' })]]],
  ['a file without a type', [['f', new File(['content'], 'a.bin')]]],
  ['a type in upper case', [['f', new File(['content'], 'a.txt', { type: 'Text/Plain;Charset=UTF-8' })]]],
  ['an empty file', [['f', new File([], 'empty.txt')]]],
  ['a file without a name', [['f', new File(['content'], '')]]],
  ['a file name with quotes and line ends', [['f', new File(['content'], '"a"\rb\nc\r\nd\\é.txt')]]],
  ['a file under another name', [['f', new File(['content'], 'a.txt'), 'ünder "b"']]],
  [
    'files and fields, in their order',
    [
      ['f', new File(['\0\x01\r\n'], 'a.bin')],
      ['a', '1'],
      ['f', new File(['more'], 'b.bin')],
      ['g', new File(['still more'], 'c.bin')],
      ['b', '2'],
    ],
  ],
];

function formOf(entries: readonly Entry[], Form: typeof FormData): FormData {
  const form = new Form();
  for (const [name, value, fileName] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else if (fileName === undefined) form.append(name, value);
    else form.append(name, value, fileName);
  }
  return form;
}

describe.each([
  ['Node', Response, FormData],
  ['undici', undici.Response as unknown as typeof Response, undici.FormData as unknown as typeof FormData],
] as const)('has the bytes that fetch makes of it, boundary aside: %s', (_, Realm, Form) => {
  it.each(FORMS)('%s', async (_, entries) => {
    const form = formOf(entries, Form);
    expect(await byUs(form)).toEqual(await byFetch(form, Realm));
  });
});

it('has another boundary for each form, in the shape of undici’s', () => {
  const boundaries = Array.from({ length: 100 }, () => multipartForm(new FormData())?.contentType);
  expect(new Set(boundaries).size).toBe(100);
  for (const boundary of boundaries) {
    expect(boundary).toMatch(/^multipart\/form-data; boundary=----formdata-undici-0\d{11}$/);
  }
});

it('reads no file before it is sent, and every time anew: files of openAsBlob are not copied', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwise-form-'));
  try {
    const path = join(folder, 'large.bin');
    const content = Buffer.alloc(300_000, 'file');
    await writeFile(path, content);
    const form = formOf([['f', await openAsBlob(path), 'large.bin']], FormData);
    const { body, contentType } = multipartForm(form) ?? {};
    if (body === undefined || contentType === undefined) throw new Error('the form was refused');
    for (let attempt = 1; attempt <= 2; attempt++) {
      const read = await new Response(body, { headers: { 'content-type': contentType } }).formData();
      expect(Buffer.from(await (read.get('f') as File).arrayBuffer()).equals(content)).toBe(true);
    }
    await writeFile(path, 'changed');
    await expect(body.arrayBuffer()).rejects.toThrow(expect.objectContaining({ name: 'NotReadableError' }));
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('is not for files of a class that Blob does not know', () => {
  expect(multipartForm([['f', { size: 1, stream: () => new Blob(['x']).stream() }]])).toBeUndefined();
});
