import type { ArmName } from '../arms/arm.ts';
import { isSameExperiment } from '../scenario/same-experiment.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Cell } from './cell.ts';
import { DIFF_FIGURES, type DiffFigure } from './diff-figures.ts';
import { roundsOf } from './figures.ts';
import { subjectOf } from './finding-id.ts';
import { relationOf } from './relation.ts';
import type { Check, Environment, Finding, Report } from './report.ts';
import { type Spread, spreadOf } from './spread.ts';
import { isRefused, whyNoLatency } from './trust.ts';

/** What differs between two reports. */
export interface ReportDiff {
  readonly environment: readonly { readonly what: string; readonly old: string; readonly new: string }[];
  /** On another machine only counts can be compared. */
  readonly sameMachine: boolean;
  readonly arms: Changes<ArmName>;
  readonly scenarios: Changes<string> & {
    /** Same name, other policy, faults or load: nothing of theirs is compared. */
    readonly redefined: readonly string[];
  };
  readonly figures: readonly FigureChange[];
  readonly findings: Changes<Finding> & {
    readonly turned: readonly { readonly old: Finding; readonly new: Finding }[];
  };
  readonly checks: { readonly failing: readonly Check[]; readonly passing: readonly Check[] };
}

interface Changes<T> {
  readonly came: readonly T[];
  readonly went: readonly T[];
}

export interface FigureChange {
  readonly scenario: string;
  readonly arm: ArmName;
  readonly figure: DiffFigure;
  readonly old: Spread;
  readonly new: Spread;
}

export function diffReports(old: Report, now: Report): ReportDiff {
  const sameMachine = isSameMachine(old.environment, now.environment);
  const shared = now.scenarios.flatMap((scenario) => {
    const before = old.scenarios.find(({ name }) => name === scenario.name);
    return before === undefined ? [] : [{ before, scenario }];
  });
  const comparable = shared.filter(({ before, scenario }) => isSameExperiment(before, scenario));
  return {
    environment: environmentChanges(old.environment, now.environment),
    sameMachine,
    arms: changes(armsOf(old), armsOf(now), (name) => name),
    scenarios: {
      ...changes(namesOf(old), namesOf(now), (name) => name),
      redefined: shared.filter((pair) => !comparable.includes(pair)).map(({ scenario }) => scenario.name),
    },
    figures: comparable.flatMap(({ scenario }) => figureChanges(scenario, old.cells, now.cells, sameMachine)),
    findings: findingChanges(old.findings, now.findings),
    checks: {
      failing: checkChanges(old.checks, now.checks),
      passing: checkChanges(now.checks, old.checks),
    },
  };
}

/** What decides figures, the most important first. */
const ENVIRONMENT: readonly (keyof Environment &
  ('meshwise' | 'node' | 'envoy' | 'platform' | 'cpu' | 'cores' | 'profile' | 'seed'))[] = [
  'cpu',
  'cores',
  'platform',
  'meshwise',
  'node',
  'envoy',
  'profile',
  'seed',
];

function environmentChanges(old: Environment, now: Environment): ReportDiff['environment'] {
  return ENVIRONMENT.filter((what) => old[what] !== now[what]).map((what) => ({
    what,
    old: String(old[what] ?? 'none'),
    new: String(now[what] ?? 'none'),
  }));
}

function isSameMachine(old: Environment, now: Environment): boolean {
  return old.cpu === now.cpu && old.cores === now.cores && old.platform === now.platform;
}

function armsOf({ arms }: Report): ArmName[] {
  return arms.map(({ name }) => name);
}

function namesOf({ scenarios }: Report): string[] {
  return scenarios.map(({ name }) => name);
}

function figureChanges(
  scenario: Scenario,
  old: readonly Cell[],
  now: readonly Cell[],
  sameMachine: boolean,
): FigureChange[] {
  const arms = [...new Set(now.filter((cell) => cell.scenario === scenario.name).map(({ arm }) => arm))];
  return arms.flatMap((arm) => {
    const [before, after] = [old, now].map((cells) =>
      roundsOf(cells, scenario.name, arm).filter((cell) => !isRefused(cell)),
    );
    if (before === undefined || after === undefined || before.length === 0 || after.length === 0) return [];
    return DIFF_FIGURES.flatMap((figure) => {
      if (figure.kind !== 'counts' && !sameMachine) return [];
      if (figure.percentile && whyNoLatency([...before, ...after], figure.percentile) !== undefined) return [];
      const [was, is] = [before, after].map((cells) => spread(cells, (cell) => figure.of(cell, scenario)));
      if (was === undefined || is === undefined) return [];
      const relation = relationOf(
        { spread: was, error: undefined },
        { spread: is, error: undefined },
        figure.resolution,
      );
      return relation === '~' ? [] : [{ scenario: scenario.name, arm, figure, old: was, new: is }];
    });
  });
}

function spread(cells: readonly Cell[], figure: (cell: Cell) => number | null): Spread | undefined {
  const values = cells.map(figure).filter((value) => value !== null);
  return values.length === cells.length ? spreadOf(values) : undefined;
}

/** A finding about the same thing that goes another way has turned. */
function findingChanges(old: readonly Finding[], now: readonly Finding[]): ReportDiff['findings'] {
  const { came, went } = changes(old, now, keyOf);
  const turned = came.flatMap((finding) => {
    const before = went.find((other) => subjectKeyOf(other) === subjectKeyOf(finding));
    return before === undefined ? [] : [{ old: before, new: finding }];
  });
  return {
    came: came.filter((finding) => !turned.some((pair) => pair.new === finding)),
    went: went.filter((finding) => !turned.some((pair) => pair.old === finding)),
    turned,
  };
}

/** What a finding is, in whichever run. */
export function keyOf({ scenario, id }: Finding): string {
  return `${scenario} ${id}`;
}

export function subjectKeyOf({ scenario, id }: Finding): string {
  return `${scenario} ${subjectOf(id)}`;
}

/** Claims that fail now, of cells in which nothing of the kind failed before. Claims may name numbers of calls. */
function checkChanges(old: readonly Check[], now: readonly Check[]): Check[] {
  const failed = ({ passed }: Check): boolean => !passed;
  const cellOf = ({ scenario, arm, round, claim }: Check): string => `${scenario} ${arm} ${round} ${claim}`;
  const before = new Set(old.filter(failed).map(cellOf));
  return now.filter((check) => failed(check) && !before.has(cellOf(check)));
}

function changes<T>(old: readonly T[], now: readonly T[], key: (value: T) => string): Changes<T> {
  const [before, after] = [new Set(old.map(key)), new Set(now.map(key))];
  return {
    came: now.filter((value) => !before.has(key(value))),
    went: old.filter((value) => !after.has(key(value))),
  };
}
