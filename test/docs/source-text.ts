import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './documents.ts';

/** What of the source exists at compile time only and so has to be read as text: unions and interfaces. */

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** All of src, file after file. */
export function allSource(): string {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

/** The words of `export type Name = 'one' | 'other';` */
export function wordsOf(source: string, type: string): readonly string[] {
  const [, union] = new RegExp(`^export type ${type} =([^;]*);`, 'm').exec(source) ?? [];
  if (union === undefined) throw new Error(`there is no exported type ${type}`);
  return [...union.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
}

/** The members that an exported interface declares itself. */
export function membersOf(source: string, name: string): readonly string[] {
  const [, body] = new RegExp(`^export interface ${name}\\b[^{]*\\{$([\\s\\S]*?)^\\}$`, 'm').exec(source) ?? [];
  if (body === undefined) throw new Error(`there is no exported interface ${name}`);
  return [...body.matchAll(/^ {2}(?:readonly )?'?([\w-]+)'?\??[:(<]/gm)].map(([, member = '']) => member);
}
