import type { Mistake } from '../../policy/check.ts';
import { formatDuration } from '../../policy/duration.ts';
import type { Policy } from '../../policy/policy.ts';
import { ARMS, ejectsHosts } from '../arms/arm.ts';
import type { Fault } from './fault.ts';
import { timeOfCalls } from './load-time.ts';
import type { Scenario } from './scenario.ts';

/** Settings that are each fine, and together no experiment. Mistakes have their keys from the scenario's top. */

/** So many sockets a process may have open on common systems, with room for its other side on the same machine. */
const MOST_OPEN_CALLS = 20_000;

/** fetch refuses these (the Fetch standard's forbidden methods). */
const FORBIDDEN_METHODS = ['CONNECT', 'TRACE', 'TRACK'];

export interface Policies {
  readonly policy: Policy;
  readonly sidecarPolicy: Policy | undefined;
}

export function senseOf(scenario: Scenario, { policy, sidecarPolicy }: Policies): Mistake[] {
  return [
    ...load(scenario),
    ...grace(scenario, policy),
    ...arms(scenario),
    ...ejection(scenario, sidecarPolicy ?? policy),
    ...scenario.faults.flatMap((fault, index) => [
      ...window(scenario, fault.when, ['faults', index]),
      ...faulty(scenario, fault, ['faults', index]),
    ]),
    ...bursts(scenario),
  ];
}

/** Milliseconds; infinite where it depends on the arm. */
export function lengthOf({ load }: Scenario): number {
  return load.calls === 'closed-form' ? Number.POSITIVE_INFINITY : Math.ceil(timeOfCalls(load, load.calls));
}

function load({ load: { method, body } }: Scenario): Mistake[] {
  return [
    ...when(FORBIDDEN_METHODS.includes(method), ['load', 'method'], `must be a method that fetch sends, not ${method}`),
    ...when(
      body > 0 && (method === 'GET' || method === 'HEAD'),
      ['load', 'body'],
      `must be 0 for ${method}: fetch sends no body with it`,
    ),
  ];
}

function grace({ grace: ms, load: { rate, bursts: stretches } }: Scenario, { timeout }: Policy): Mistake[] {
  const fastest = rate * Math.max(1, ...stretches.map(({ factor }) => factor));
  const open = Math.round((fastest * ms) / 1000);
  return [
    ...when(
      open > MOST_OPEN_CALLS,
      ['grace'],
      `${formatDuration(ms)} at ${fastest} calls per second may leave ${open} calls open at once; at most ${MOST_OPEN_CALLS}`,
    ),
    ...when(
      timeout !== false && ms < timeout && timeout <= GRACE_THAT_COVERS,
      ['grace'],
      `${formatDuration(ms)} must not be shorter than policy.timeout ${formatDuration(timeout || 0)}: the harness would end calls before their deadline`,
    ),
  ];
}

/** Longer deadlines are there to be out of the way. */
export const GRACE_THAT_COVERS = 5_000;

function arms({ arms: names, tiers, sidecarPolicy }: Scenario): Mistake[] {
  const used = ARMS.filter(({ name }) => names.includes(name));
  const withSidecar = used.filter(({ sidecar }) => sidecar !== 'none').map(({ name }) => name);
  return [
    ...when(
      tiers > 1 && withSidecar.length > 0,
      ['arms'],
      `must be arms without a sidecar where tiers is more than 1, not ${withSidecar.join(', ')}`,
    ),
    ...when(
      sidecarPolicy !== undefined && !used.some(({ sidecar }) => sidecar !== 'none' && sidecar !== 'forwarding'),
      ['sidecarPolicy'],
      'is executed by none of the arms: name one with a sidecar that executes a policy, such as both',
    ),
  ];
}

function ejection({ arms: names, stockEjection }: Scenario, { circuitBreaker }: Policy): Mistake[] {
  if (stockEjection !== true) return [];
  const ejecting = ARMS.some((arm) => names.includes(arm.name) && ejectsHosts(arm));
  return [
    ...when(!ejecting, ['stockEjection'], 'has no arm whose sidecar ejects hosts: name one, such as sidecar'),
    ...when(
      circuitBreaker === false,
      ['stockEjection'],
      'needs policy.circuitBreaker: hosts are ejected by its numbers',
    ),
  ];
}

function window(
  scenario: Scenario,
  { from, to }: { readonly from: number; readonly to: number | undefined },
  at: Mistake['keys'],
): Mistake[] {
  const end = lengthOf(scenario);
  const ends = Number.isFinite(end) ? formatDuration(end) : '';
  return [
    ...when(from >= end, [...at, 'from'], `must be before the load's end at ${ends}, not ${formatDuration(from)}`),
    ...when(
      to !== undefined && to <= from,
      [...at, 'to'],
      `must be after from ${formatDuration(from)}, not ${formatDuration(to ?? 0)}`,
    ),
    ...when(
      to !== undefined && to > from && to > end && from < end,
      [...at, 'to'],
      `must be within the load, which ends at ${ends}, not ${formatDuration(to ?? 0)}; without to a fault lasts to the end`,
    ),
  ];
}

function faulty(
  { upstream: { hosts, serviceTime, concurrency } }: Scenario,
  fault: Fault,
  at: Mistake['keys'],
): Mistake[] {
  const { host } = fault.when;
  return [
    ...when(
      host !== undefined && host > hosts,
      [...at, 'host'],
      `must be one of the upstream's ${hosts === 1 ? '1 host' : `${hosts} hosts`}, not ${host}`,
    ),
    ...when(
      fault.kind === 'capacity' && (concurrency === undefined || serviceTime === 0),
      [...at, 'kind'],
      'capacity needs upstream.concurrency and upstream.serviceTime: without them there is no limit to lower',
    ),
  ];
}

function bursts(scenario: Scenario): Mistake[] {
  const ordered = scenario.load.bursts.map((burst, index) => ({ ...burst, index })).toSorted((a, b) => a.from - b.from);
  return ordered.flatMap((burst, place) => {
    const before = ordered[place - 1];
    return [
      ...window(scenario, burst, ['load', 'bursts', burst.index]),
      ...when(
        before !== undefined && before.to > burst.from,
        ['load', 'bursts', burst.index, 'from'],
        `must not be within another burst, which ends at ${formatDuration(before?.to ?? 0)}`,
      ),
    ];
  });
}

function when(condition: boolean, keys: Mistake['keys'], message: string): Mistake[] {
  return condition ? [{ keys, message }] : [];
}
