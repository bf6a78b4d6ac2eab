/** How much of what a policy asks for the sidecar does. */
export type Covered = 'all' | 'part' | 'none';

export interface ConcernCoverage {
  readonly covered: Covered;
  /** One clause: of the weakest route. */
  readonly why: string;
  /** What the dump says, a line for each route or cluster: names and numbers only. */
  readonly evidence: readonly string[];
  readonly caveats: readonly string[];
}

/** What one route, cluster or listener does for a concern. */
export interface Verdict {
  readonly covered: Covered;
  readonly why: string;
  readonly evidence?: string;
  readonly caveats?: readonly string[];
}

const ORDER: readonly Covered[] = ['none', 'part', 'all'];
/** Lines of evidence that anybody reads. */
const MOST_LINES = 12;

/** The weakest counts: a request may take any of them. */
export function weakest(verdicts: readonly Verdict[], otherwise: Verdict): ConcernCoverage {
  const all = verdicts.length > 0 ? verdicts : [otherwise];
  const [worst = otherwise] = [...all].sort((a, b) => ORDER.indexOf(a.covered) - ORDER.indexOf(b.covered));
  const evidence = [...new Set(all.flatMap((verdict) => verdict.evidence ?? []))];
  const left = evidence.length - MOST_LINES;
  return Object.freeze({
    covered: worst.covered,
    why: worst.why,
    evidence: Object.freeze(left > 0 ? [...evidence.slice(0, MOST_LINES), `and ${left} more`] : evidence),
    caveats: Object.freeze([...new Set(all.flatMap((verdict) => verdict.caveats ?? []))]),
  });
}

/** A route that is taken for reasons which nobody foresees is relied on only where it makes no difference. */
export function foreseen(verdict: Verdict, dependsOn: readonly string[]): Verdict {
  if (verdict.covered === 'all' || dependsOn.length === 0) return verdict;
  return { ...verdict, covered: 'none', why: `${verdict.why} (a route that depends on ${dependsOn.join(', ')})` };
}

export function shownDuration(ms: number): string {
  return ms >= 1_000 && ms % 100 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
