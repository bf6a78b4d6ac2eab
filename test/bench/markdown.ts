/** The comments between which a suite's results stand. */
export function markersOf(suite: string): readonly [begin: string, end: string] {
  return [`<!-- npm run bench -- ${suite} --markdown -->`, `<!-- end of ${suite} -->`];
}

/** Puts a suite's results between its two comments; the rest of the document stays as it is. */
export function withResults(document: string, suite: string, results: string): string {
  const [begin, end] = markersOf(suite);
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`the document has no ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${results}\n\n${document.slice(to)}`;
}
