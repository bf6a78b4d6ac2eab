import type { Document } from 'yaml';

/**
 * Where a key stands that its mapping has already: offsets in the text. By sets, not by the reader's own check, which
 * compares each key with each other: 20,000 keys took it ten seconds.
 */
export function duplicateKeys(yaml: typeof import('yaml'), document: Document): number[] {
  const found: number[] = [];
  yaml.visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const value = yaml.isScalar(key) ? key.value : key;
        if (seen.has(value) && yaml.isScalar(key)) found.push(key.range?.[0] ?? 0);
        seen.add(value);
      }
    },
  });
  return found;
}
