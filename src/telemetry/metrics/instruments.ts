/** What an instrument measures, and how. The same for an SDK, for the Prometheus text and for the documentation. */
export interface Instrument {
  /** A `histogram` and a `counter` are recorded when something happens; the others are read when somebody collects. */
  readonly kind: 'histogram' | 'counter' | 'gauge' | 'up-down-counter';
  /** UCUM, as OpenTelemetry writes it: `s`, or what is counted in braces. */
  readonly unit: string;
  readonly description: string;
  /** Every attribute that it may carry. */
  readonly attributes: readonly string[];
  /** Of a histogram: the upper bounds of its buckets. */
  readonly boundaries?: readonly number[];
}

/** Advised by the HTTP conventions (semantic conventions 1.45, `http.client.request.duration`). */
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const INSTRUMENTS = {
  'http.client.request.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'One attempt, up to its response headers.',
    attributes: ['http.request.method', 'server.address', 'server.port', 'http.response.status_code', 'error.type'],
    boundaries: HTTP_SECONDS,
  },
  'meshwise.call.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'One call, with all its attempts and waits, until its caller has an answer.',
    attributes: ['meshwise.upstream', 'meshwise.outcome', 'error.type'],
    // A call may take 30 s by default, and longer where it is allowed to.
    boundaries: [...HTTP_SECONDS, 30, 60],
  },
  'meshwise.call.attempts': {
    kind: 'histogram',
    unit: '{attempt}',
    description: 'Attempts of one call by this process; 0 when it was rejected before the first.',
    attributes: ['meshwise.upstream'],
    boundaries: [0, 1, 2, 3, 4, 5, 8],
  },
  'meshwise.retry.delay': {
    kind: 'histogram',
    unit: 's',
    description: 'Wait before a retry.',
    attributes: ['meshwise.upstream'],
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  'meshwise.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'Events other than the ends of calls and attempts.',
    attributes: ['meshwise.upstream', 'meshwise.event', 'meshwise.reason'],
  },
  'meshwise.circuit_breaker.circuits': {
    kind: 'up-down-counter',
    unit: '{circuit}',
    description: 'Circuit breakers in each state, one for each origin that was called.',
    attributes: ['meshwise.upstream', 'meshwise.circuit.state'],
  },
  'meshwise.retry_budget.available': {
    kind: 'gauge',
    unit: '{retry}',
    description: 'Retries that may be made now.',
    attributes: ['meshwise.upstream'],
  },
  'meshwise.concurrency.in_use': {
    kind: 'up-down-counter',
    unit: '{attempt}',
    description: 'Attempts that hold a slot of the concurrency limit.',
    attributes: ['meshwise.upstream'],
  },
  'meshwise.concurrency.queued': {
    kind: 'up-down-counter',
    unit: '{attempt}',
    description: 'Attempts that wait for a slot.',
    attributes: ['meshwise.upstream'],
  },
  'meshwise.concurrency.limit': {
    kind: 'up-down-counter',
    unit: '{attempt}',
    description: 'Slots that there are.',
    attributes: ['meshwise.upstream'],
  },
  'meshwise.plan.origins': {
    kind: 'up-down-counter',
    unit: '{origin}',
    description: 'Origins by who executes a concern there.',
    attributes: ['meshwise.upstream', 'meshwise.concern', 'meshwise.owner'],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

export type InstrumentName = keyof typeof INSTRUMENTS;

type OfKind<Kind extends Instrument['kind']> = {
  [Name in InstrumentName]: (typeof INSTRUMENTS)[Name]['kind'] extends Kind ? Name : never;
}[InstrumentName];

export type HistogramName = OfKind<'histogram'>;
export type CounterName = OfKind<'counter'>;
/** Read when somebody collects. */
export type ReadName = OfKind<'gauge' | 'up-down-counter'>;

export const INSTRUMENT_NAMES = Object.keys(INSTRUMENTS) as readonly InstrumentName[];

/** With the fields of every instrument, also those that only some have. */
export function instrument(name: InstrumentName): Instrument {
  return INSTRUMENTS[name];
}
