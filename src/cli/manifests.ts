import { readFile } from 'node:fs/promises';
import type { Json, JsonObject } from '../meshes/envoy/json.ts';
import { asObjects, isObject } from '../meshes/json-shape.ts';
import { ConfigError } from '../policy/config-error.ts';

/**
 * The resources in a file of YAML documents or JSON, `-` for stdin; lists are taken apart.
 *
 * @throws ConfigError naming the file, with line and column of every mistake; contents are not shown.
 */
export async function readManifests(path: string, stdin: NodeJS.ReadableStream): Promise<readonly JsonObject[]> {
  const text = await textOf(path, stdin);
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  const documents = 'empty' in parsed ? [] : parsed;
  const problems = documents
    .flatMap(({ errors }) => errors)
    .map(({ message, pos }) => {
      const { line, col } = lineCounter.linePos(pos[0]);
      return { path: `line ${line}, column ${col}`, message: message.replace(/(?<=\w): .*/s, '') };
    });
  if (problems.length > 0) throw new ConfigError(shownName(path), problems);
  try {
    return documents.flatMap((document) => resourcesIn(document.toJS() as Json));
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError(shownName(path), [
      { path: '', message: 'has an alias without its anchor, or too many aliases' },
    ]);
  }
}

function resourcesIn(document: Json): readonly JsonObject[] {
  // As Consul's API lists config entries.
  if (Array.isArray(document)) return document.flatMap(resourcesIn);
  if (!isObject(document)) return [];
  return String(document['kind']).endsWith('List') ? asObjects(document['items']) : [document];
}

async function textOf(path: string, stdin: NodeJS.ReadableStream): Promise<string> {
  try {
    if (path !== '-') return await readFile(path, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new ConfigError(shownName(path), [{ path: '', message }], error);
  }
}

function shownName(path: string): string {
  return path === '-' ? 'stdin' : path;
}
