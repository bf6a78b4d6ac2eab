import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { parseScenarioFile } from '../../../../src/compare/scenario/scenario-file.ts';
import { linesOf } from '../../policy/problems-of.ts';

/** The least that a file has to say. */
export const LEAST = {
  name: 'a',
  title: 'A',
  shows: 'What?',
  questions: ['attempts'],
  arms: ['bare'],
  load: { rate: 100, for: '2s' },
};

/** With all that the closed form asks for. */
export const RANDOM = {
  ...LEAST,
  questions: ['closed-form'],
  arms: ['bare', 'process', 'both'],
  policy: { timeout: '30s', retry: { limit: 2, budget: false }, circuitBreaker: false },
  faults: [{ kind: 'status', probability: 0.3 }],
  load: { rate: 100, calls: 'closed-form' },
};

export function scenariosOf(fields: object, profile: 'full' | 'short' = 'full'): readonly Scenario[] {
  return parseScenarioFile({ ...LEAST, ...fields }, 'a.yaml')[profile] ?? [];
}

export function scenarioOf(fields: object = {}): Scenario {
  const [scenario, ...others] = scenariosOf(fields);
  if (scenario === undefined || others.length > 0) throw new Error('is not one scenario');
  return scenario;
}

/** What a file is refused with, as `path: message`. */
export function mistakesOf(fields: object): readonly string[] {
  return linesOf(() => parseScenarioFile({ ...LEAST, ...fields }, 'a.yaml'));
}
