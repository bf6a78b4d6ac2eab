import { hash } from 'node:crypto';

/**
 * A number in [0, 1) that depends on nothing but the seed and the keys: uniform, and independent between keys.
 * Chance that is drawn so is shared by all arms: attempt 2 of call 17 meets the same fate whoever sends it.
 */
export function draw(seed: number, ...keys: readonly (string | number)[]): number {
  return hash('sha256', [seed, ...keys].join('/'), 'buffer').readUInt32BE(0) / 2 ** 32;
}

/** The same elements in an order that the seed and the keys decide (Fisher and Yates). */
export function shuffled<T>(elements: readonly T[], seed: number, ...keys: readonly (string | number)[]): T[] {
  const order = [...elements];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(draw(seed, ...keys, last) * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
