import { ARM_NAMES } from '../arms/arm.ts';
import type { Cell } from '../result/cell.ts';
import { roundsOf } from '../result/figures.ts';
import type { Environment, Finding, Withheld } from '../result/report.ts';
import { isRefused, whyRefused } from '../result/trust.ts';
import type { QuestionName, Scenario } from '../scenario/scenario.ts';
import type { Evidence, Said } from './question.ts';
import { QUESTION_BY_NAME } from './questions.ts';

/** What the figures say, in sentences, and what they do not bear out. Nothing is written by hand but the grammar. */
export function findingsOf(
  scenarios: readonly Scenario[],
  cells: readonly Cell[],
  environment: Environment,
): { readonly findings: readonly Finding[]; readonly withheld: readonly Withheld[] } {
  const evidence = scenarios.map((scenario) => evidenceOf(scenario, cells, environment));
  const findings: Finding[] = [];
  const withheld: Withheld[] = [];
  for (const one of evidence) {
    const { scenario } = one;
    const why = whyRefused(cells.filter((cell) => cell.scenario === scenario.name));
    if (why !== undefined) withheld.push({ scenario: scenario.name, question: 'all', why });
    if (one.arms.size === 0) continue;
    for (const name of scenario.questions) {
      const { findings: own, familyFindings } = QUESTION_BY_NAME[name];
      sort(name, scenario.name, own?.(one) ?? []);
      const family = evidence.filter(({ scenario: of, arms }) => isAsked(name, of, scenario.family) && arms.size > 0);
      if (family[0] === one) sort(name, scenario.name, familyFindings?.(family) ?? []);
    }
  }
  return { findings, withheld };

  function sort(question: QuestionName, scenario: string, said: readonly Said[]): void {
    for (const one of said) {
      if ('withheld' in one) withheld.push({ scenario, question, why: one.withheld });
      else findings.push({ scenario, question, id: one.id, text: one.text });
    }
  }
}

function isAsked(question: QuestionName, { family, questions }: Scenario, of: string): boolean {
  return family === of && questions.includes(question);
}

function evidenceOf(scenario: Scenario, cells: readonly Cell[], environment: Environment): Evidence {
  const sound = cells.filter((cell) => !isRefused(cell));
  const arms = ARM_NAMES.flatMap((arm) => {
    const rounds = roundsOf(sound, scenario.name, arm);
    return rounds.length === 0 ? [] : [[arm, rounds] as const];
  });
  return { scenario, environment, arms: new Map(arms) };
}
