/**
 * A finding's id is what is compared and which way it goes, without figures, so that runs can be compared:
 * `cost/client-cpu: process < by-hand`, `metastability/process: returns`.
 */

/** `~` is "no difference seen". */
export type Relation = '<' | '>' | '~';

/** `cost/client-cpu: process < by-hand` */
export function pairId(topic: string, one: string, relation: Relation, other: string): string {
  return `${topic}: ${one} ${relation} ${other}`;
}

/** `endings/process: MESHWISE_TIMEOUT` */
export function verdictId(topic: string, verdict: string): string {
  return `${topic}: ${verdict}`;
}

const PAIR = /^(?<topic>[^:]+): (?<one>\S+) (?<relation>[<>~]) (?<other>\S+)$/;

/** What is compared, whichever way it goes: two findings about the same have the same subject. */
export function subjectOf(id: string): string {
  const pair = PAIR.exec(id)?.groups;
  if (pair !== undefined) return `${pair['topic']}: ${[pair['one'], pair['other']].toSorted().join(' and ')}`;
  return id.split(': ')[0] ?? id;
}

/** Tells it that two arms do not differ as far as one can see? */
export function isNoDifference(id: string): boolean {
  return PAIR.exec(id)?.groups?.['relation'] === '~';
}
