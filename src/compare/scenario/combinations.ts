import type { Mistake } from '../../policy/check.ts';
import { shownPath } from '../../policy/shown-value.ts';
import type { ScenarioFileInput } from './file-schema.ts';
import { decides, type Keys, overlay, withValue } from './overlay.ts';

/** One of the scenarios that a file stands for, before it is checked. */
export interface Combination {
  /** What follows the family's name: `/p=0.3,limit=2`, or nothing. */
  readonly suffix: string;
  readonly variant: Readonly<Record<string, string>>;
  /** One over the other, the first is the file itself. */
  readonly layers: readonly Layer[];
  readonly settings: readonly Setting[];
}

/** What makes several scenarios of one file. */
export type Spread = Pick<ScenarioFileInput, 'variants' | 'matrix'>;

export interface Layer {
  /** Where in the file it stands. */
  readonly at: Keys;
  readonly value: unknown;
}

/** One value of the matrix. */
interface Setting {
  readonly label: string;
  readonly keys: readonly string[];
  readonly value: string | number | boolean;
}

/** How the named variants appear beside the labels of a matrix. */
export const VARIANT = 'variant';

/** Every variant with every combination of the matrix's values, in the order in which they are written. */
export function combinationsOf({ variants, matrix }: Spread, layers: readonly Layer[]): Combination[] {
  const start: Combination = { suffix: '', variant: {}, layers, settings: [] };
  const named =
    variants === undefined
      ? [start]
      : Object.entries(variants).map(([name, value]) => ({
          ...start,
          variant: { [VARIANT]: name },
          layers: [...layers, { at: ['variants', name], value }],
        }));
  const all = Object.entries(matrix ?? {}).reduce<readonly Combination[]>(
    (combinations, [label, { path, values }]) =>
      combinations.flatMap((combination) =>
        values.map((value) => ({
          ...combination,
          variant: { ...combination.variant, [label]: String(value) },
          settings: [...combination.settings, { label, keys: path.split('.'), value }],
        })),
      ),
    named,
  );
  return all.map((combination) => ({ ...combination, suffix: suffixOf(combination.variant) }));
}

/** How many that are, without making them. */
export function countOf({ variants, matrix }: Spread): number {
  return Object.values(matrix ?? {}).reduce(
    (count, { values }) => count * values.length,
    variants === undefined ? 1 : Object.keys(variants).length,
  );
}

function suffixOf({ [VARIANT]: name, ...matrix }: Readonly<Record<string, string>>): string {
  const parts = [
    ...(name === undefined ? [] : [name]),
    ...Object.entries(matrix).map(([label, value]) => `${label}=${value}`),
  ];
  return parts.length === 0 ? '' : `/${parts.join(',')}`;
}

/** What the combination says, and where the matrix leads nowhere. */
export function writtenIn({ layers, settings }: Combination): {
  readonly input: unknown;
  readonly astray: readonly Mistake[];
} {
  const astray: Mistake[] = [];
  let input = layers.reduce<unknown>((below, { value }) => overlay(below, value), {});
  for (const { label, keys, value } of settings) {
    const result = withValue(input, keys, value);
    if (result === undefined) {
      astray.push({ keys: ['matrix', label], message: `${keys.join('.')} leads past the end of a list` });
    } else input = result;
  }
  return { input, astray };
}

/** Where the user wrote what is at `keys`, and how to speak of it there. */
export function originOf(
  { layers, settings }: Pick<Combination, 'layers' | 'settings'>,
  keys: Keys,
): { readonly keys: Keys; readonly subject?: string; readonly isFile: boolean } {
  const isSet = (setting: Setting): boolean => setting.keys.every((key, index) => key === String(keys[index]));
  const leadsThere = ({ keys: path }: Setting): boolean => keys.every((key, index) => String(key) === path[index]);
  const layer = layers.findLast(({ value }) => decides(value, keys));
  const setting = settings.findLast(isSet) ?? (layer === undefined ? settings.findLast(leadsThere) : undefined);
  if (setting !== undefined) {
    return { keys: ['matrix', setting.label], subject: shownPath('', keys), isFile: false };
  }
  const at = layer?.at ?? [];
  return { keys: [...at, ...keys], isFile: at.length === 0 };
}
