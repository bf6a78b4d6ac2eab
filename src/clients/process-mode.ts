import { checkedMode, type Mode } from '../policy/mode.ts';

type SetMode = (mode: Mode) => void;

const reached: SetMode[] = [];
let switched: Mode | undefined;

/**
 * The kill switch of what belongs to the whole process: all that `wrapFetch` and `wrapFunction` made and will make, and
 * the fetch of `meshwise/register`. From the next call on, whatever environment, code and file say. What `createMeshwise`
 * made has a `setMode` of its own.
 *
 * @throws ConfigError for a word that is no mode.
 * @example setMode('process');
 */
export function setMode(mode: Mode): void {
  switched = checkedMode(mode);
  for (const set of reached) set(mode);
}

/** From now on `setMode` reaches it, and so does what was set before. */
export function reachBySetMode(set: SetMode): void {
  reached.push(set);
  if (switched !== undefined) set(switched);
}
