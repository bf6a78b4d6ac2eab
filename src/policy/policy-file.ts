import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LineCounter, YAMLError } from 'yaml';
import type { MeshwiseConfigInput } from './config.ts';
import { ConfigError, type Problem } from './config-error.ts';
import { isRecord } from './record.ts';
import { shownValue } from './shown-value.ts';

/** Uses of anchors, counted through nested ones: enough for any policy, and an end to "billion laughs". */
const MOST_ALIASES = 100;

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
    version: '1.2',
  });
  // What cannot be resolved (a tag) is a warning to the reader, and would come out as some other value.
  const problems = [...document.errors, ...document.warnings].map((error) => syntaxProblem(error, text, lineCounter));
  if (problems.length > 0) throw new ConfigError(path, problems);
  const content: unknown = plainValue(path, () => document.toJS({ maxAliasCount: MOST_ALIASES }));
  if (content === null) return {};
  if (!isRecord(content))
    throw fileError(path, `must hold an object with keys such as upstreams, not ${shownValue(content)}`);
  return content;
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
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

function syntaxProblem({ code, message, pos }: YAMLError, text: string, lineCounter: LineCounter): Problem {
  const { line, col } = lineCounter.linePos(pos[0]);
  return { path: `line ${line}, column ${col}`, message: described(code, message, text.slice(pos[0], pos[0] + 80)) };
}

function described(code: YAMLError['code'], message: string, found: string): string {
  switch (code) {
    case 'DUPLICATE_KEY': {
      const key = /^["']?([\w$.-]+)/.exec(found)?.[1];
      return key === undefined ? 'this key is already there' : `the key ${shownValue(key)} is already there`;
    }
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
