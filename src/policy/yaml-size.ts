/** Enough for thousands of upstreams. */
const MOST_VALUES = 100_000;

/**
 * Does a value hold more values than a policy file may, an alias counted at each use? One list of 100 kB under 90
 * aliases would otherwise be checked 90 times; a circle holds infinitely many.
 */
export function isTooLarge(value: unknown): boolean {
  let left = MOST_VALUES;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (--left < 0) return true;
    if (typeof next !== 'object' || next === null) continue;
    const values = Object.values(next);
    if (values.length > left) return true;
    for (const inner of values) open.push(inner);
  }
  return false;
}

export const TOO_LARGE = `holds more than ${MOST_VALUES} values, an alias counted at each use`;
