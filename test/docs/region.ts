/** A part of a document that a program writes stands between two comments; the first says how it is written again. */
export function regionOf(document: string, name: string): string {
  const [from, to] = edgesOf(document, name);
  return document.slice(from, to).trim();
}

export function withRegion(document: string, name: string, text: string): string {
  const [from, to] = edgesOf(document, name);
  return `${document.slice(0, from)}\n\n${text}\n\n${document.slice(to)}`;
}

const BEGIN = /^<!-- ([a-z0-9 -]+): \S.* -->$/gm;

/** The names of a document's regions, in order. */
export function regionNames(document: string): string[] {
  return [...document.matchAll(BEGIN)].map(([, name = '']) => name);
}

/** What is left of a document without what programs have written. */
export function withoutRegions(document: string): string {
  return regionNames(document).reduce((rest, name) => withRegion(rest, name, ''), document);
}

function edgesOf(document: string, name: string): readonly [from: number, to: number] {
  const begin = [...document.matchAll(BEGIN)].find(([, found]) => found === name);
  const from = begin === undefined ? -1 : begin.index + begin[0].length;
  const to = document.indexOf(`<!-- end of ${name} -->`, from);
  if (from < 0 || to < 0) throw new Error(`the document has no region <!-- ${name}: … --> … <!-- end of ${name} -->`);
  return [from, to];
}
