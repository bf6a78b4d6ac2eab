import { ARMS, retryLimits } from './arms.ts';
import { attemptsPerCall, residualFailure } from './closed-form.ts';
import {
  armsIn,
  attemptsBetween,
  cpuPerThousandCalls,
  mainOutcome,
  recoveryAfter,
  runsOf,
  spreadOf,
} from './figures.ts';
import { count, enumeration, percent, time } from './format.ts';
import { ENDED_BY_HARNESS } from './open-loop.ts';
import type { Cell, Finding } from './report.ts';
import type { Scenario } from './scenarios.ts';

/** What the figures say, in sentences. Nothing here is written by hand but the grammar. */
export function findingsOf(scenarios: readonly Scenario[], cells: readonly Cell[]): Finding[] {
  return scenarios.flatMap((scenario) => {
    const own = cells.filter((cell) => cell.scenario === scenario.name);
    if (own.length === 0) return [];
    const texts = [...sentences(scenario, own), ...lateness(own)];
    return texts.map((text) => ({ scenario: scenario.name, text }));
  });
}

function sentences(scenario: Scenario, cells: readonly Cell[]): string[] {
  switch (scenario.fault.kind) {
    case 'none':
      return steadyState(scenario, cells);
    case 'random-status':
      return randomFaults(scenario, scenario.fault.probability, cells);
    case 'black-hole':
      return blackHole(cells);
    case 'outage':
      return outage(scenario.fault.from, scenario.fault.to, cells);
  }
}

function steadyState({ name }: Scenario, cells: readonly Cell[]): string[] {
  const arms = armsIn(cells, name);
  const medianOf = (arm: (typeof arms)[number]) =>
    spreadOf(runsOf(cells, name, arm), (cell) => cell.fromActualStart.p50);
  const bare = arms.includes('bare') ? medianOf('bare').median : undefined;
  const latencies = arms.map((arm) => {
    const { median } = medianOf(arm);
    const added = bare === undefined || arm === 'bare' ? '' : ` (${signed(median - bare)} ms)`;
    return `${arm} ${median.toFixed(2)} ms${added}`;
  });
  const noise = Math.max(...arms.map((arm) => medianOf(arm).high - medianOf(arm).low));
  const cpu = arms.map((arm) => {
    const runs = runsOf(cells, name, arm);
    const client = spreadOf(runs, (cell) => cpuPerThousandCalls(cell, 'load') ?? 0).median;
    const hop = runs.every((cell) => cell.usage.sidecar !== null)
      ? ` + ${count(spreadOf(runs, (cell) => cpuPerThousandCalls(cell, 'sidecar') ?? 0).median)} ms in the sidecar`
      : '';
    return `${arm} ${count(client)} ms in the client${hop}`;
  });
  return [
    `Median time of a call, from its actual start: ${enumeration(latencies)}. Runs of the same arm differ by up to ${noise.toFixed(2)} ms; a difference below that is noise.`,
    `CPU for 1,000 calls: ${enumeration(cpu)}.`,
  ];
}

function randomFaults({ name, policy }: Scenario, p: number, cells: readonly Cell[]): string[] {
  const figures = armsIn(cells, name).flatMap((name_) => {
    const arm = ARMS.find(({ name }) => name === name_);
    const cell = runsOf(cells, name, name_)[0];
    if (arm === undefined || cell === undefined) return [];
    const limits = retryLimits(arm, policy.retry.limit);
    return [{ arm, cell, expected: attemptsPerCall(p, limits), failing: residualFailure(p, limits) }];
  });
  const attempts = figures.map(
    ({ arm, cell, expected }) => `${arm.name} ${cell.attempts.perCall.toFixed(2)} (closed form ${expected.toFixed(2)})`,
  );
  const failing = figures.map(
    ({ arm, cell, failing }) =>
      `${arm.name} ${percent((cell.calls - cell.good) / cell.calls)} (closed form ${percent(failing)})`,
  );
  const texts = [
    `Attempts per call when ${percent(p, 0)} of the attempts fail: ${enumeration(attempts)}.`,
    `Calls that fail in the end: ${enumeration(failing)}.`,
  ];
  const single = figures.find(({ arm }) => arm.name === 'process');
  const doubled = figures.find(({ arm }) => arm.name === 'both');
  if (single !== undefined && doubled !== undefined) {
    const factor = doubled.cell.attempts.perCall / single.cell.attempts.perCall;
    texts.push(`Two layers that both retry send the upstream ${factor.toFixed(2)} times the attempts of one.`);
  }
  return texts;
}

function blackHole(cells: readonly Cell[]): string[] {
  const endings = cells.map((cell) => {
    const { kind, calls } = mainOutcome(cell);
    return kind === ENDED_BY_HARNESS
      ? `${cell.arm}: ${count(calls)} of ${count(cell.calls)} calls still hung when the harness ended them, after up to ${time(cell.timeToFail.max)}`
      : `${cell.arm}: ${kind} after ${time(cell.timeToFail.p50)} (median), ${time(cell.timeToFail.max)} (longest)`;
  });
  const attempts = cells.map((cell) => `${cell.arm} ${cell.attempts.perCall.toFixed(1)}`);
  return [
    `How calls end that nobody answers: ${endings.join('; ')}.`,
    `Attempts per call that the silent upstream received: ${enumeration(attempts)}.`,
  ];
}

function outage(from: number, to: number, cells: readonly Cell[]): string[] {
  const during = cells.map((cell) => `${cell.arm} ${count(attemptsBetween(cell, from, to))}`);
  const recoveries = cells.map((cell) => {
    const recovery = recoveryAfter(cell, to);
    return recovery === null ? `${cell.arm} not within the run` : `${cell.arm} ${time(recovery)}`;
  });
  return [
    `Attempts that reached the upstream during its outage of ${time(to - from)}: ${enumeration(during)}.`,
    `Time after the outage until 95 % of the calls succeed again: ${enumeration(recoveries)}.`,
  ];
}

/** A generator that is later than this measures itself. */
const LATE = 20;

function lateness(cells: readonly Cell[]): string[] {
  const late = cells.filter((cell) => cell.slip.p99 > LATE);
  if (late.length === 0) return [];
  const arms = [...new Set(late.map(({ arm }) => arm))];
  const worst = Math.max(...late.map((cell) => cell.slip.p99));
  return [
    `With care: 1 % of the calls were made ${time(worst)} or more after their intended start (${enumeration(arms)}). The machine was short of CPU, and latencies from the intended start contain that.`,
  ];
}

function signed(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${Math.abs(ms).toFixed(2)}`;
}
