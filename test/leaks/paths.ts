/** What an upstream of the leak test does, by the path that is called; the same in the process and over sockets. */
export const PATHS = [
  /** A small answer. */
  '/ok',
  /** A small answer that takes its time: more than one turn of the event loop. */
  '/slow',
  /** 503 to the first attempt of a call, then 200. */
  '/503-then-ok',
  '/503',
  /** 429, come back in an hour. */
  '/429',
  /** The connection ends without a reply. */
  '/reset',
  /** Never answers. */
  '/hang',
  /** Answers, begins a body, and never goes on. */
  '/stalled',
] as const;

export type Path = (typeof PATHS)[number];

/** Longer than what a socket sends at once would be slow; long enough to come in pieces. */
export const BODY = 'a piece of the body, '.repeat(8);

/** Status and headers of the paths that answer. */
export function headOf(
  path: string,
  attempt: string | null | undefined,
): { status: number; headers: [string, string][] } {
  if (path === '/503' || (path === '/503-then-ok' && attempt === '1')) return { status: 503, headers: [] };
  if (path === '/429') return { status: 429, headers: [['retry-after', '3600']] };
  return { status: 200, headers: [] };
}
