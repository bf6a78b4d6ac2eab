import type { Mistake } from '../../policy/check.ts';
import { isRecord } from '../../policy/record.ts';
import type { Layer } from './combinations.ts';
import { overlay } from './overlay.ts';

/** What a file says in one profile. */
export interface ProfileInput {
  readonly input: unknown;
  /** Of what it is made, the file itself first. */
  readonly layers: readonly Layer[];
  readonly mistakes: readonly Mistake[];
}

/** The file with `short` laid over it; `undefined` where it has none. */
export function shortProfileOf(file: unknown): ProfileInput | undefined {
  if (!isRecord(file) || !isRecord(file['short'])) return undefined;
  const { variants: chosen, ...over } = file['short'];
  const layers = [
    { at: [], value: file },
    { at: ['short'], value: over },
  ];
  const { kept, mistakes } = choose(file['variants'], chosen);
  return { input: overlay({ ...file, ...(kept && { variants: kept }) }, over), layers, mistakes };
}

interface Choice {
  readonly kept?: Readonly<Record<string, unknown>>;
  readonly mistakes: readonly Mistake[];
}

/** Of the variants those that are named; a list that is none is a matter of the schema. */
function choose(variants: unknown, chosen: unknown): Choice {
  if (!Array.isArray(chosen) || chosen.length === 0) return { mistakes: [] };
  const mistake = (message: string): Mistake => ({ keys: ['short', 'variants'], message });
  if (variants === undefined)
    return { mistakes: [mistake('must not be set: the file has no variants to choose from')] };
  if (!isRecord(variants)) return { mistakes: [] };
  const missing = chosen.filter((name) => typeof name === 'string' && !Object.hasOwn(variants, name));
  const kept = Object.fromEntries(Object.entries(variants).filter(([name]) => chosen.includes(name)));
  return {
    ...(Object.keys(kept).length > 0 && { kept }),
    mistakes: missing.map((name) => mistake(`must be among ${Object.keys(variants).join(', ')}, not ${name}`)),
  };
}
