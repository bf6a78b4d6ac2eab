import { count, time } from '../format.ts';
import { disturbanceOf } from '../result/disturbance.ts';
import { attemptsBetween, recoveryAfter } from '../result/figures.ts';
import type { Question } from './question.ts';
import { tellStockEjection } from './stock-ejection.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

const PAIRS: readonly Pair[] = [
  ['process', 'bare'],
  ['sidecar', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['both', 'process'],
  ['auto', 'process'],
  ['mesh', 'process'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

const attemptsInFault: Tellable = {
  topic: 'recovery/attempts-in-fault',
  of: (cell, scenario) => {
    const fault = disturbanceOf(scenario);
    return fault === undefined ? null : attemptsBetween(cell, fault.from, fault.to);
  },
  // One in a hundred calls.
  resolution: ({ calls }) => calls / 100,
  sentence: (value) => `the upstream gets ${value} attempts while the fault is on`,
  shown: count,
  as: 'many',
};

const recoveryTime: Tellable = {
  topic: 'recovery/time',
  of: (cell, scenario) => {
    const fault = disturbanceOf(scenario);
    return fault === undefined ? null : recoveryAfter(cell, fault.to);
  },
  // The timeline knows slots only.
  resolution: ({ timeline }) => timeline.slot,
  sentence: (value) => `the time from the end of the fault until 95 % of the calls succeed again is ${value}`,
  shown: (ms) => (ms === Number.POSITIVE_INFINITY ? 'more than is left of the run' : time(ms)),
  as: 'long',
};

const FIGURES: readonly Tellable[] = [attemptsInFault, recoveryTime];

export const recovery: Question = {
  name: 'recovery',
  findings: (evidence) => tellPairs(evidence, FIGURES, PAIRS),
  familyFindings: (family) => tellStockEjection(family, FIGURES),
};
