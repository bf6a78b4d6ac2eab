import type { ArmName } from '../../../src/compare/arms/arm.ts';
import { agreeingFindings } from '../../../src/compare/result/agreement.ts';
import type { Cell } from '../../../src/compare/result/cell.ts';
import { roundsOf } from '../../../src/compare/result/figures.ts';
import { pairId, type Relation } from '../../../src/compare/result/finding-id.ts';
import type { Finding, Report } from '../../../src/compare/result/report.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';

/** What the guide is made of: the figures of one report, and only the findings that all reports make. */
export interface Evidence {
  /** The last one. */
  readonly report: Report;
  readonly reports: number;
  readonly agreed: readonly Finding[];
  /** Made by some of the reports only: no findings. */
  readonly disputed: readonly Finding[];
  /** Of single scenarios, which the reports already hold in place of their own. */
  readonly later: readonly Report[];
}

/** @throws Error without a report. */
export function evidenceOf(reports: readonly Report[], later: readonly Report[] = []): Evidence {
  const report = reports.at(-1);
  if (report === undefined) throw new Error('no report was given');
  const { all, some } = agreeingFindings(reports);
  return { report, reports: reports.length, agreed: all, disputed: some.map(({ finding }) => finding), later };
}

export function scenariosOf({ report }: Evidence, family: string): Scenario[] {
  return report.scenarios.filter((scenario) => scenario.family === family);
}

export function cellsOf({ report }: Evidence, scenario: Scenario, arm: ArmName): Cell[] {
  return roundsOf(report.cells, scenario.name, arm);
}

/** Arms that ran in a scenario, in the report's order. */
export function armsIn(evidence: Evidence, scenario: Scenario): ArmName[] {
  return evidence.report.arms.flatMap(({ name }) => (cellsOf(evidence, scenario, name).length === 0 ? [] : [name]));
}

export type Told = Relation | 'runs differ' | 'withheld';

const RELATIONS: readonly Relation[] = ['<', '>', '~'];

/** How an arm compares to another by the findings; they alone decide whether a difference is one. */
export function relationTold(
  { agreed, disputed }: Evidence,
  scenario: Scenario,
  topic: string,
  arm: ArmName,
  reference: ArmName,
): Told {
  const found = (findings: readonly Finding[]): Relation | undefined =>
    RELATIONS.find((relation) =>
      findings.some(
        (finding) => finding.scenario === scenario.name && finding.id === pairId(topic, arm, relation, reference),
      ),
    );
  const told = found(agreed);
  if (told !== undefined) return told;
  return found(disputed) === undefined ? 'withheld' : 'runs differ';
}

/** The verdict of a finding such as `metastability/process: returns`. */
export function verdictTold({ agreed, disputed }: Evidence, scenario: Scenario, topic: string): string {
  const own = (findings: readonly Finding[]): string | undefined =>
    findings
      .filter((finding) => finding.scenario === scenario.name && finding.id.startsWith(`${topic}: `))
      .map(({ id }) => id.slice(topic.length + 2))[0];
  return own(agreed) ?? (own(disputed) === undefined ? 'withheld' : 'runs differ');
}
