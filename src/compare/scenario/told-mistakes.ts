import type { Mistake } from '../../policy/check.ts';
import type { Problem } from '../../policy/config-error.ts';
import { shownPath } from '../../policy/shown-value.ts';
import { type Combination, originOf } from './combinations.ts';

/** A mistake where the user wrote its cause. */
export interface Told extends Mistake {
  /** The combination that has it, where its cause alone does not tell: `p=0.3,limit=2`. */
  readonly where?: string | undefined;
}

/** Of a scenario, as it is told of the file that it comes from. */
export function toldOf({ keys, message }: Mistake, combination: Combination, where: string): Told {
  const { keys: at, subject, isFile } = originOf(combination, keys);
  return {
    keys: at,
    message: subject === undefined ? message : `${subject} ${message}`,
    where: isFile ? where : undefined,
  };
}

/** Each once. What not all of the full profile's `combinations` have is told with the first that has it. */
export function problemsOf(full: readonly Told[], combinations: number, short: readonly Told[]): Problem[] {
  const keyOf = ({ keys, message }: Told): string => `${keys.join('\0')}\0\0${message}`;
  const inFull = Map.groupBy(full, keyOf);
  return [...Map.groupBy([...full, ...short], keyOf)].flatMap(([key, [first]]) => {
    if (first === undefined) return [];
    const { keys, message, where } = first;
    const isPlain = where === undefined || inFull.get(key)?.length === combinations;
    return [{ path: shownPath('', keys), message: isPlain ? message : `${message} (in ${where})` }];
  });
}
