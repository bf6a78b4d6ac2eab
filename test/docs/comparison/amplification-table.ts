import type { ArmName } from '../../../src/compare/arms/arm.ts';
import { percent } from '../../../src/compare/format.ts';
import { expectedAttempts } from '../../../src/compare/judge/closed-form.ts';
import { failingShare } from '../../../src/compare/result/figures.ts';
import { spreadOf } from '../../../src/compare/result/spread.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';
import { markdownTable } from '../../bench/table.ts';
import { cellsOf, type Evidence, scenariosOf } from './evidence.ts';
import { code, notIn } from './tables.ts';

const ONE_LAYER: readonly ArmName[] = ['process', 'sidecar', 'auto'];
const TWO_LAYERS: readonly ArmName[] = ['both'];

/** Attempts per call, measured beside what can be computed, for one layer that retries and for two. */
export function amplificationTable(evidence: Evidence, family: string): string {
  const scenarios = scenariosOf(evidence, family);
  if (scenarios.length === 0) return notIn(family);
  const computed = (scenario: Scenario, [arm]: readonly ArmName[]): string =>
    expectedAttempts(scenario, arm ?? '')?.toFixed(2) ?? '–';
  return markdownTable({
    head: [
      'attempts that fail',
      'retries per layer',
      'computed, one layer',
      ...ONE_LAYER.map(code),
      'computed, two layers',
      ...TWO_LAYERS.map(code),
    ],
    rows: scenarios.map((scenario) => [
      percent(Number(scenario.variant['p']), 0),
      scenario.variant['limit'] ?? '',
      computed(scenario, ONE_LAYER),
      ...ONE_LAYER.map((arm) => measured(evidence, scenario, arm)),
      computed(scenario, TWO_LAYERS),
      ...TWO_LAYERS.map((arm) => measured(evidence, scenario, arm)),
    ]),
  });
}

function measured(evidence: Evidence, scenario: Scenario, arm: ArmName): string {
  const rounds = cellsOf(evidence, scenario, arm);
  const attempts = spreadOf(rounds.map((cell) => cell.attempts.perCall));
  const failing = spreadOf(rounds.map(failingShare));
  if (attempts === undefined || failing === undefined) return '–';
  return `${attempts.median.toFixed(2)} (${percent(failing.median)} fail)`;
}
