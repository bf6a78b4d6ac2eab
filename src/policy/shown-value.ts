const LONGEST = 40;

/**
 * A value as error messages show it: short, and without the contents of objects or the source of functions,
 * which may hold secrets.
 */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(shortened(value));
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : kindOf(value);
    default:
      return `a ${typeof value}`;
  }
}

/** A key at the end of a path: `.limit`, `[1]`, or quoted where it would be misread. */
function shownKey(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`;
  const text = String(key);
  return /^[A-Za-z0-9_$.-]{1,63}$/.test(text) ? `.${text}` : `[${JSON.stringify(shortened(text))}]`;
}

/** A path from its beginning and the keys that follow. */
export function shownPath(start: string, keys: readonly PropertyKey[]): string {
  const path = start + keys.map(shownKey).join('');
  return path.startsWith('.') ? path.slice(1) : path;
}

/** `an object`, `an array`, or what is easily taken for settings: `a Map`, `a Promise`. */
function kindOf(value: object): string {
  if (Array.isArray(value)) return 'an array';
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' ? 'an object' : `a ${shortened(tag)}`;
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
