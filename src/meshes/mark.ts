/**
 * Owner in, mark out: the request says who should own its retries, the rule that matched says on the reply what ran.
 *
 * - request: `x-meshwise-owner: process` or `x-meshwise-owner: sidecar/<hash>`; only the rule with that hash obeys
 * - reply: `x-meshwise-owner: <upstream>/sidecar/<hash>` or `<upstream>/process/<hash>[+<hash>…]` (the hashes on offer)
 */
export const OWNER_HEADER = 'x-meshwise-owner';

/** What a request says when the process keeps its retries. */
export const OWNED_BY_PROCESS = 'process';

/** What a request says when the sidecar's rule with this hash should retry it. */
export function ownedBySidecar(hash: string): string {
  return `sidecar/${hash}`;
}

/** The literal that a rule sets on its replies. */
export function markOf(upstream: string, owner: 'process' | 'sidecar', hashes: readonly string[]): string {
  return `${upstream}/${owner}/${hashes.join('+')}`;
}

export interface Mark {
  readonly upstream: string;
  readonly owner: 'process' | 'sidecar';
  readonly hashes: readonly string[];
}

const MARK = /^([A-Za-z0-9][A-Za-z0-9._-]{0,62})\/(process|sidecar)\/([0-9a-f]{8}(?:\+[0-9a-f]{8}){0,7})$/;

/** Reads a mark; anything that is not exactly one (two folded header lines, another format) is `undefined`. */
export function parseMark(value: string | null): Mark | undefined {
  const match = value === null ? null : MARK.exec(value);
  if (match === null) return undefined;
  const [, upstream, owner, hashes] = match as unknown as [string, string, Mark['owner'], string];
  return { upstream, owner, hashes: hashes.split('+') };
}
