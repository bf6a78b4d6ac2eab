/** A part of a document that a program writes stands between two comments. */
function commentsOf(name: string): readonly [begin: string, end: string] {
  return [`<!-- ${name}: node test/docs/telemetry/write.ts -->`, `<!-- end of ${name} -->`];
}

export function regionOf(document: string, name: string): string {
  const [from, to] = edgesOf(document, name);
  return document.slice(from, to).trim();
}

export function withRegion(document: string, name: string, text: string): string {
  const [from, to] = edgesOf(document, name);
  return `${document.slice(0, from)}\n\n${text}\n\n${document.slice(to)}`;
}

function edgesOf(document: string, name: string): readonly [from: number, to: number] {
  const [begin, end] = commentsOf(name);
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`the document has no ${begin} … ${end}`);
  return [from + begin.length, to];
}
