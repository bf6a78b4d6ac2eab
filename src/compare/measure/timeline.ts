/** Milliseconds: the grain of every timeline. */
export const TIMELINE_SLOT = 100;
