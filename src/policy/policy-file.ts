import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LineCounter, YAMLError } from 'yaml';
import type { MeshwiseConfigInput } from './config.ts';
import { ConfigError, type Problem } from './config-error.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { isRecord } from './record.ts';
import { shownValue } from './shown-value.ts';
import { isTooLarge, TOO_LARGE } from './yaml-size.ts';

/** Uses of anchors, counted through nested ones: enough for any policy, and an end to "billion laughs". */
const MOST_ALIASES = 100;
/** 1 MiB: thousands of upstreams. */
const MOST_BYTES = 1_048_576;

/**
 * Reads a policy file, YAML 1.2 or JSON, synchronously. What it says is checked by `parseConfig` only. An empty file
 * says nothing. The YAML reader is loaded by the first call.
 *
 * @throws ConfigError naming the file and, for each mistake in its syntax, line and column. Its contents are not
 *   shown, but for a key that stands there twice: the file may hold secrets by mistake.
 */
export function readConfigFile(path: string): MeshwiseConfigInput {
  const text = readText(path);
  // `import { parseDocument } from 'yaml'` would cost every importer of meshwise 24 ms.
  const yaml: typeof import('yaml') = createRequire(import.meta.url)('yaml');
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter,
    logLevel: 'error',
    // Pretty errors quote the line.
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
    version: '1.2',
  });
  // What cannot be resolved (a tag) is a warning to the reader, and would come out as some other value.
  const mistakes = [
    ...[...document.errors, ...document.warnings].map(({ code, message, pos: [at] }) => ({
      at,
      message: described(code, message),
    })),
    ...duplicateKeys(yaml, document).map((at) => ({ at, message: keyTwice(text.slice(at, at + 80)) })),
  ].sort((a, b) => a.at - b.at);
  if (mistakes.length > 0) {
    throw new ConfigError(
      path,
      mistakes.map(({ at, message }) => problemAt(lineCounter, at, message)),
    );
  }
  const content: unknown = plainValue(path, () => document.toJS({ maxAliasCount: MOST_ALIASES }));
  if (isTooLarge(content)) throw fileError(path, TOO_LARGE);
  if (content === null) return {};
  if (!isRecord(content))
    throw fileError(path, `must hold an object with keys such as upstreams, not ${shownValue(content)}`);
  return content;
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES) throw fileError(path, `has more than ${MOST_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') throw fileError(path, 'there is no such file', error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw fileError(path, 'is not UTF-8');
    throw fileError(path, `cannot be read (${code})`, error);
  }
}

function plainValue(path: string, toPlain: () => unknown): unknown {
  try {
    return toPlain();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const tooMany = error.message.startsWith('Excessive alias count');
    throw fileError(path, tooMany ? `uses aliases more than ${MOST_ALIASES} times` : 'has an alias before its anchor');
  }
}

function problemAt(lineCounter: LineCounter, at: number, message: string): Problem {
  const { line, col } = lineCounter.linePos(at);
  return { path: `line ${line}, column ${col}`, message };
}

function keyTwice(found: string): string {
  const key = /^["']?([\w$.-]+)/.exec(found)?.[1];
  return key === undefined ? 'this key is already there' : `the key ${shownValue(key)} is already there`;
}

function described(code: YAMLError['code'], message: string): string {
  switch (code) {
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return 'tags have no meaning here';
    case 'BAD_DQ_ESCAPE':
      return 'invalid escape sequence';
    default:
      // Some messages end with what was found.
      return message.replace(/(?<=\w): .*/s, '');
  }
}

function fileError(path: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError(path, [{ path: '', message }], cause);
}
