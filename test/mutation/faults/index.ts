import { BODY_FAULTS } from './bodies.ts';
import { CIRCUIT_AND_LIMIT_FAULTS } from './circuit-and-limit.ts';
import type { Fault } from './fault.ts';
import { OWNERSHIP_FAULTS } from './ownership.ts';
import { RETRY_FAULTS } from './retries.ts';
import { TIME_FAULTS } from './time.ts';

export const FAULTS: readonly Fault[] = [
  ...RETRY_FAULTS,
  ...TIME_FAULTS,
  ...CIRCUIT_AND_LIMIT_FAULTS,
  ...BODY_FAULTS,
  ...OWNERSHIP_FAULTS,
];
