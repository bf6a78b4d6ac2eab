import type { Arm } from '../arms/arm.ts';
import { count, percent } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Verdict } from './question.ts';

/** Whoever counts attempts must have counted the same: the upstream, Envoy's statistics, and the spans. */
export function countersAgree(scenario: Scenario, _arm: Arm, cell: Cell): (Verdict | undefined)[] {
  const tolerance = toleranceFor(scenario);
  if (tolerance === undefined) return [];
  return [sidecarCount(cell, tolerance), spanCount(cell, tolerance)];
}

/** A request that is given up just as it sets out is counted on one side only. */
const GIVEN_UP = 0.01;

/** `undefined` where attempts get lost on the way, or more than the calls go through the same sidecar. */
function toleranceFor({ faults, tiers, neighbour }: Scenario): number | undefined {
  if (tiers > 1 || neighbour !== undefined) return undefined;
  const kinds = new Set(faults.map(({ kind }) => kind));
  if (kinds.has('refuse') || kinds.has('capacity') || kinds.has('reset-before-headers')) return undefined;
  if (kinds.has('half-body') || kinds.has('reset-after-headers')) return undefined;
  return kinds.has('hang') || kinds.has('delay') ? GIVEN_UP : 0;
}

function sidecarCount({ sidecar, attempts }: Cell, tolerance: number): Verdict | undefined {
  if (sidecar === null) return undefined;
  return {
    passed: agree(sidecar.attempts, attempts.total, tolerance),
    claim: `Envoy counts as many attempts as the upstream${within(tolerance)}`,
    found: `${count(sidecar.attempts)} and ${count(attempts.total)}`,
  };
}

/** Before a sidecar the process makes the requests to it; what the sidecar makes of them it does not know. */
function spanCount({ traces, sidecar, attempts }: Cell, tolerance: number): Verdict | undefined {
  if (traces === null) return undefined;
  const made = sidecar === null ? attempts.total : sidecar.requests;
  return {
    passed: agree(traces.clientSpans, made, tolerance),
    claim: `a span for every attempt of the process${within(tolerance)}`,
    found: `${count(traces.clientSpans)} spans, ${count(made)} attempts`,
  };
}

function agree(one: number, other: number, tolerance: number): boolean {
  return Math.abs(one - other) <= tolerance * Math.max(one, other);
}

function within(tolerance: number): string {
  return tolerance === 0 ? '' : `, within ${percent(tolerance)}`;
}
