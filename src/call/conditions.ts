import type { Condition } from '../policy/conditions.ts';
import type { AttemptResult, NetworkFailure } from './failure.ts';

/** `reset` in Envoy is any end of an attempt without a reply (Envoy 1.40, run: refused, connect timeout, FIN, RST, garbage and per-try timeout are all retried under it). */
const ANY_RESET: readonly NetworkFailure[] = ['reset', 'connect-failure', 'refused-stream', 'per-try-timeout'];

interface Closure {
  readonly network: readonly NetworkFailure[];
  /** Statuses, both ends included. */
  readonly status?: readonly [number, number];
}

/** What a condition covers. `gateway-error` and `5xx` include every reset, as in Envoy. */
export function closureOf(condition: Condition): Closure {
  switch (condition) {
    case 'connect-failure':
    case 'refused-stream':
    case 'per-try-timeout':
      return { network: [condition] };
    case 'reset':
      return { network: ANY_RESET };
    case 'gateway-error':
      return { network: ANY_RESET, status: [502, 504] };
    case '5xx':
      return { network: ANY_RESET, status: [500, 599] };
    case 'retriable-4xx':
      return { network: [], status: [409, 409] };
    default:
      return { network: [], status: [condition, condition] };
  }
}

/** A policy's list of conditions, compiled once. */
export class Conditions {
  readonly #network: ReadonlySet<NetworkFailure>;
  readonly #status: readonly (readonly [number, number])[];

  constructor(on: readonly Condition[]) {
    const closures = on.map(closureOf);
    this.#network = new Set(closures.flatMap(({ network }) => network));
    this.#status = closures.flatMap(({ status }) => (status === undefined ? [] : [status]));
  }

  meetsStatus(status: number): boolean {
    for (const [low, high] of this.#status) if (status >= low && status <= high) return true;
    return false;
  }

  meetsNetwork(failure: NetworkFailure): boolean {
    return this.#network.has(failure);
  }

  meets({ status, network }: AttemptResult): boolean {
    if (network !== undefined) return this.meetsNetwork(network);
    return status !== undefined && this.meetsStatus(status);
  }
}

const compiled = new WeakMap<readonly Condition[], Conditions>();

/** The compiled form of a frozen policy's list. */
export function conditionsFor(on: readonly Condition[]): Conditions {
  const known = compiled.get(on);
  if (known !== undefined) return known;
  const conditions = new Conditions(on);
  compiled.set(on, conditions);
  return conditions;
}
