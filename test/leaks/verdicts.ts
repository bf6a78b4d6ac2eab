import type { Snapshot } from './snapshot.ts';

/** One row: a figure before and after, and whether something is left. */
export interface Verdict {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly left: boolean;
  readonly note: string;
}

/**
 * The heap is never the same twice: code is compiled, maps keep their capacity. A call that left its smallest object
 * (16 bytes) behind would add 16 MB to a million calls, and what weighs more is found by the exact counts as well.
 */
const HEAP_NOISE = 1024 * 1024;
const HEAP_BYTES_PER_CALL = 2;
const BUFFER_NOISE = 256 * 1024;

export interface SignalUse {
  readonly calls: number;
  /** The most listeners that were seen when a body had ended. */
  readonly mostListeners: number;
}

export function verdictsOf(
  before: Snapshot,
  after: Snapshot,
  { calls, onSignal, warnings }: { calls: number; onSignal: SignalUse; warnings: readonly string[] },
): readonly Verdict[] {
  const grown = after.heap - before.heap;
  const heapLimit = HEAP_NOISE + HEAP_BYTES_PER_CALL * calls;
  const buffersGrown = after.buffers - before.buffers;
  const none = (what: string, key: 'inFlight' | 'slots' | 'signalListeners' | 'responses' | 'signals' | 'sockets') =>
    row(what, before[key], after[key], after[key] > 0);
  return [
    {
      ...row('heap after collection', mebibytes(before.heap), mebibytes(after.heap), grown > heapLimit),
      note: `${(grown / calls).toFixed(2)} bytes a call; noise is up to ${mebibytes(heapLimit)}`,
    },
    row('buffers outside it', mebibytes(before.buffers), mebibytes(after.buffers), buffersGrown > BUFFER_NOISE),
    row('active handles and timers', before.handles, after.handles, before.handles !== after.handles),
    row(
      'listeners of the process',
      before.processListeners,
      after.processListeners,
      before.processListeners !== after.processListeners,
    ),
    none('listeners of the signal', 'signalListeners'),
    {
      ...row('  the most of them after a body', 0, onSignal.mostListeners, onSignal.mostListeners > 0),
      note: `${onSignal.calls.toLocaleString('en')} calls on one signal`,
    },
    none('calls in flight', 'inFlight'),
    none('slots and places in queues', 'slots'),
    none('responses not collected', 'responses'),
    none('abort signals not collected', 'signals'),
    none('sockets open to the upstream', 'sockets'),
    { ...row('warnings of Node', 0, warnings.length, warnings.length > 0), note: warnings.slice(0, 3).join('; ') },
  ];
}

function row(what: string, before: string | number, after: string | number, left: boolean): Verdict {
  return { what, before: String(before), after: String(after), left, note: '' };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = [
    ['', 'before', 'after', ''],
    ...verdicts.map(({ what, before, after, left, note }) => [
      what,
      before || 'none',
      after || 'none',
      [left ? 'LEFT' : 'nothing left', note].filter((part) => part !== '').join('; '),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
