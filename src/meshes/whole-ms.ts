/** Durations of the meshes have no parts of a millisecond, and 0 would mean none. */
export function wholeMs(ms: number): number {
  return Math.max(1, Math.round(ms));
}
