import * as v from 'valibot';
import type { Problem } from './config-error.ts';
import { shownPath } from './shown-value.ts';

/** What a schema made of an input. */
export interface Checked<T> {
  /** The sound part: what is wrong is left out. `undefined` when nothing is left. */
  readonly value: Partial<T> | undefined;
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  /** Keys from the input's top. */
  readonly keys: readonly (string | number)[];
  readonly message: string;
}

/** Checks an input against a schema and reports everything that is wrong with it. The input stays as it is. */
export function check<T extends object>(schema: v.GenericSchema<unknown, T>, input: unknown): Checked<T> {
  const { output, issues = [] } = v.safeParse(schema, input, { abortPipeEarly: true });
  const mistakes = issues.map((issue) => ({
    keys: (issue.path ?? []).map(({ key }) => keyOf(key)),
    message: issue.message,
  }));
  if (mistakes.some(({ keys }) => keys.length === 0)) return { value: undefined, mistakes };
  // Safe to change: valibot builds new objects and lists.
  for (const { keys } of mistakes) leaveOut(output, keys);
  return { value: output as Partial<T>, mistakes };
}

export function problemsAt(path: string, mistakes: readonly Mistake[]): readonly Problem[] {
  return mistakes.map(({ keys, message }) => ({ path: shownPath(path, keys), message }));
}

/** A list with a wrong item is left out as a whole. */
function leaveOut(output: unknown, [key, ...rest]: readonly (string | number)[]): void {
  if (typeof output !== 'object' || output === null || key === undefined) return;
  const value: unknown = Reflect.get(output, key);
  if (rest.length === 0 || Array.isArray(value)) Reflect.deleteProperty(output, key);
  else leaveOut(value, rest);
}

function keyOf(key: unknown): string | number {
  return typeof key === 'number' ? key : String(key);
}
