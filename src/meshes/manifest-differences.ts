import type { Json } from './envoy/json.ts';
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

/**
 * Items with names (the rules of a VirtualService) are compared with their namesakes, those without by their place from
 * the end, where what takes the rest stands; lists of one length place by place.
 */
function ofLists(found: readonly Json[], wanted: readonly Json[], path: string): string[] {
  const [keys, wantedKeys] = [keysOf(found), keysOf(wanted)];
  const at = (items: readonly Json[], index: number) =>
    `${path}[${(keys && wantedKeys && nameOf(items[index])) ?? index}]`;
  if (found.length === wanted.length || keys === undefined || wantedKeys === undefined) {
    const longer = found.length < wanted.length ? wanted : found;
    return longer.flatMap((_item, index) =>
      differences(found[index], wanted[index], at(index < found.length ? found : wanted, index)),
    );
  }
  return [
    ...wantedKeys.flatMap((key, index) => (keys.includes(key) ? [] : [`${at(wanted, index)}: is missing`])),
    ...keys.flatMap((key, index) => (wantedKeys.includes(key) ? [] : [`${at(found, index)}: should not be there`])),
    ...wantedKeys.flatMap((key, index) => {
      const place = keys.indexOf(key);
      return place === -1 ? [] : differences(found[place], wanted[index], at(found, place));
    }),
  ];
}

/** `undefined` unless every item is an object and no two have the same. */
function keysOf(items: readonly Json[]): readonly string[] | undefined {
  const keys = items.map((item, index) => nameOf(item) ?? `${index - items.length}`);
  return items.every(isObject) && new Set(keys).size === keys.length ? keys : undefined;
}

function nameOf(item: Json | undefined): string | undefined {
  return isObject(item) ? asText(item['name']) : undefined;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
