/** `<!-- event doubled -->` and the JSON below it. */
const BLOCK = /(<!-- ((?:event|warning|status) [a-z-]+) -->\n+```json\n)([\s\S]*?)(^```$)/gm;

/** What the document shows, by the names of the sights. */
export function shownIn(document: string): ReadonlyMap<string, string> {
  return new Map([...document.matchAll(BLOCK)].map(([, , name = '', text = '']) => [name, text]));
}

/** The document with each of them as it is now. */
export function withSights(document: string, sights: ReadonlyMap<string, string>): string {
  return document.replaceAll(
    BLOCK,
    (_all, start: string, name: string, old: string, end: string) => `${start}${sights.get(name) ?? old}${end}`,
  );
}
