import { Conditions } from '../call/conditions.ts';
import type { Condition } from '../policy/conditions.ts';

/** Ends of an attempt before which nothing was processed: after them a request of any method may be sent again. */
const UNPROCESSED = ['connect-failure', 'refused-stream'] as const satisfies readonly Condition[];
export type Unprocessed = (typeof UNPROCESSED)[number];

/** What these conditions retry even of a request that may not be processed twice. */
export function unprocessedOf(on: readonly Condition[]): readonly Unprocessed[] {
  const conditions = new Conditions(on);
  return UNPROCESSED.filter((name) => conditions.meetsNetwork(name));
}
