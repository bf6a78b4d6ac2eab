import type { Json, JsonObject } from './envoy/json.ts';
import { asText, isObject } from './json-shape.ts';

/** One line for each value that differs: where, what is there, and what should be. */
export function differences(found: Json | undefined, wanted: Json | undefined, path = ''): string[] {
  if (Array.isArray(found) && Array.isArray(wanted)) return ofLists(found, wanted, path);
  if (isObject(found) && isObject(wanted)) {
    const keys = new Set([...Object.keys(found), ...Object.keys(wanted)]);
    return [...keys].flatMap((key) => differences(found[key], wanted[key], path === '' ? key : `${path}.${key}`));
  }
  if (JSON.stringify(found) === JSON.stringify(wanted)) return [];
  return [`${path}: ${shown(found)}, and should be ${shown(wanted)}`];
}

/** Items with names (the rules of a VirtualService) are compared with their namesakes, others by their place. */
function ofLists(found: readonly Json[], wanted: readonly Json[], path: string): string[] {
  const [names, wantedNames] = [namesOf(found), namesOf(wanted)];
  if (found.length === wanted.length || names === undefined || wantedNames === undefined) {
    return Array.from({ length: Math.max(found.length, wanted.length) }, (_, index) => index).flatMap((index) =>
      differences(found[index], wanted[index], `${path}[${names?.[index] ?? index}]`),
    );
  }
  return [
    ...wantedNames.filter((name) => !names.includes(name)).map((name) => `${path}[${name}]: is missing`),
    ...names.filter((name) => !wantedNames.includes(name)).map((name) => `${path}[${name}]: should not be there`),
    ...wantedNames.flatMap((name, index) => {
      const place = names.indexOf(name);
      return place === -1 ? [] : differences(found[place], wanted[index], `${path}[${name}]`);
    }),
  ];
}

/** `undefined` unless every item has one and no two have the same; the last may be nameless. */
function namesOf(items: readonly Json[]): readonly string[] | undefined {
  const names = items.map((item, index) => asText((item as JsonObject | null)?.['name']) ?? `${index - items.length}`);
  return items.every(isObject) && new Set(names).size === names.length ? names : undefined;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
