/**
 * Is it of this class of the standard? By tag, as the npm package's fetch has a Request, a Headers and a FormData of its
 * own, which are no instances of the global ones.
 */
export function isTagged(value: unknown, tag: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === tag
  );
}
