/** Who executes the policies, as the operator says it. `process` where nothing is said. */
export const MODES = ['process', 'observe', 'auto', 'mesh', 'off'] as const;
export type Mode = (typeof MODES)[number];
