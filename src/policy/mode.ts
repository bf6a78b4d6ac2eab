import { ConfigError } from './config-error.ts';
import { shownValue } from './shown-value.ts';

/** Who executes the policies, as the operator says it. `process` where nothing is said. */
export const MODES = ['process', 'observe', 'auto', 'mesh', 'off'] as const;
export type Mode = (typeof MODES)[number];

/** @throws ConfigError for a word that is no mode, as callers without types may give it. */
export function checkedMode(mode: Mode): Mode {
  if (MODES.includes(mode)) return mode;
  throw new ConfigError('setMode', [{ path: '', message: `${shownValue(mode)} is not one of ${MODES.join(', ')}` }]);
}
