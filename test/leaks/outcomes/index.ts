import { ABORTED } from './aborted.ts';
import { ANSWERED } from './answered.ts';
import { BODIES } from './bodies.ts';
import { LIMITED } from './limited.ts';
import type { Outcome } from './outcome.ts';

export type { Outcome } from './outcome.ts';

/** Every way in which calls can go. Those of one lane run side by side. */
export const OUTCOMES: readonly Outcome[] = [...ANSWERED, ...LIMITED, ...ABORTED, ...BODIES];
