import type { Output } from './outputs.ts';

/** The documents that have any. */
export const PAGES = ['docs/ownership.md', 'docs/meshes/envoy.md'] as const;

/** `<!-- doctor nothing -->` and the code block below it. */
const BLOCK = /(<!-- ((?:doctor|plan) [a-z-]+) -->\n+```\n)([\s\S]*?)(^```$)/gm;
/** `<!-- table owners -->` and the table below it. */
const TABLE = /(<!-- (table [a-z-]+) -->\n\n)((?:^\|.*\n)*)/gm;

/** Outputs and tables of a document by their names. */
export function namedBlocks(document: string): ReadonlyMap<string, string> {
  const found = [...document.matchAll(BLOCK), ...document.matchAll(TABLE)];
  return new Map(found.map(([, , name = '', text = '']) => [name, text]));
}

/** The document with each named block as it is now. */
export function withBlocks(document: string, blocks: readonly Pick<Output, 'name' | 'text'>[]): string {
  const byName = new Map(blocks.map(({ name, text }) => [name, text]));
  return document
    .replaceAll(
      BLOCK,
      (_all, start: string, name: string, old: string, end: string) => `${start}${byName.get(name) ?? old}${end}`,
    )
    .replaceAll(TABLE, (_all, start: string, name: string, old: string) => `${start}${byName.get(name) ?? old}`);
}

/** What differs between two runs that say the same: the version of Envoy, of daprd. */
export function shapeOf(text: string): string {
  return text.replaceAll(/\b(Envoy|daprd) \d+\.\d+\.\d+(?:-\w+)?/g, '$1 x.y.z');
}
