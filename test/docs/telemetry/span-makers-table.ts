import { markdownTable } from '../../bench/table.ts';
import { MODES, SPAN_MAKERS, type Traces } from '../../sockets/tracing/span-makers.ts';

/** What one call leaves behind, by what listens and by mode. */
export function spanMakersTable(): string {
  return markdownTable({
    head: ['', ...MODES.map((mode) => `\`${mode}\``)],
    rows: Object.values(SPAN_MAKERS).map(([what, cells]) => [what, ...MODES.map((mode) => shown(cells[mode]))]),
  });
}

function shown({ spans, traceparents, durations, by }: Traces): string {
  const numbers = `${spans}, ${traceparents}, ${durations}`;
  return by === undefined ? numbers : `${numbers}: ${by}`;
}
