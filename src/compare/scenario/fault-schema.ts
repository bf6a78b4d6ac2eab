import * as v from 'valibot';
import {
  duration,
  durationAboveZero,
  integer,
  mustBe,
  numberFrom,
  oneOf,
  section,
  share,
} from '../../policy/fields.ts';
import { isRecord } from '../../policy/record.ts';
import type { Fault, FaultKind } from './fault.ts';

/** Faults as a file writes them, flat: the kind, what belongs to it, and when it holds. */

export const FAULT_KINDS = [
  'status',
  'hang',
  'delay',
  'refuse',
  'reset-before-headers',
  'reset-after-headers',
  'half-body',
  'capacity',
] as const satisfies readonly FaultKind['kind'][];

const window = { from: v.optional(duration(), 0), to: v.optional(durationAboveZero()) };
const host = { host: v.optional(integer(1, 9)) };
const when = { ...window, ...host, probability: v.optional(share(), 1) };

interface Written {
  readonly kind: FaultKind['kind'];
  readonly from: number;
  readonly to?: number | undefined;
  readonly host?: number | undefined;
  readonly probability?: number | undefined;
}

function kindOf(kind: FaultKind['kind']) {
  const word = { kind: v.literal(kind) };
  switch (kind) {
    case 'status':
      return section({
        ...word,
        status: v.optional(integer(200, 599), 503),
        retryAfter: v.optional(wholeSeconds()),
        ...when,
      });
    case 'delay':
      return section({ ...word, by: durationAboveZero(), ...when });
    case 'refuse':
      return section({ ...word, ...host, ...window });
    case 'capacity':
      return section({ ...word, factor: share(), ...window });
    default:
      return section({ ...word, ...when });
  }
}

/** The header holds seconds; 0 would ask for nothing. */
function wholeSeconds() {
  const message = 'must be whole seconds, 1s or more: the header holds no fractions';
  return v.pipe(
    durationAboveZero(),
    v.check((ms) => ms % 1000 === 0, message),
    v.transform((ms) => ms / 1000),
  );
}

const byKind = new Map(FAULT_KINDS.map((kind) => [kind, kindOf(kind)]));
const kindAlone = v.object({ kind: oneOf(FAULT_KINDS) }, 'must be set');
const noFault = v.never(mustBe('an object such as { kind: status, status: 503, probability: 0.3 }'));

export const fault: v.GenericSchema<unknown, Fault> = v.pipe(
  v.lazy((value) => {
    if (!isRecord(value)) return noFault;
    return byKind.get(value['kind'] as FaultKind['kind']) ?? kindAlone;
  }) as v.GenericSchema<unknown, Written>,
  v.transform(parsed),
);

function parsed({ from, to, host, probability = 1, ...rest }: Written): Fault {
  // A file speaks of a duration, as everywhere; `kind` alone gets here from no input that is right.
  const { by: ms, ...kind } = rest as Written & { readonly by?: number };
  return { ...kind, ...(ms !== undefined && { ms }), when: { from, to, host, probability } } as Fault;
}

export const bursts = v.optional(
  v.array(
    section(
      { from: duration(), to: durationAboveZero(), factor: numberFrom(1, 100) },
      'an object such as { from: 1s, to: 2s, factor: 10 }',
    ),
    mustBe('a list of bursts'),
  ),
  [],
);
