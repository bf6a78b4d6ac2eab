import type { FidelityVerdict } from '../../../meshes/envoy/fidelity.ts';
import type { FidelityMatrix } from '../policy-fidelity.ts';
import { legend } from './legend.ts';
import { figure, line, round, text, WIDTH } from './svg.ts';
import { fitted, textWidth } from './text-width.ts';

const LABELS = 176;
const ROW = 19;

const VERDICTS: readonly FidelityVerdict[] = ['exact', 'approximate', 'not expressible', 'stays in the process'];

/** Fields of the policies × who can execute them, a sign for each verdict. */
export function fidelityChart({ columns, rows, unused }: FidelityMatrix): string {
  if (rows.length === 0) return '';
  const step = (WIDTH - LABELS) / columns.length;
  const x = (column: number): number => LABELS + (column + 0.5) * step;
  const key = legend(
    VERDICTS.map((verdict) => ({ label: verdict, sample: (left, y) => verdictSign(verdict, left + 14, y) })),
    0,
  );
  const heads = Math.max(...columns.map(({ name }) => textWidth(name)));
  let y = key.height + heads + 12;
  const body = columns.map(({ name }, column) => headOf(name, x(column) + 4, y - 6));
  let concern = '';
  for (const { field, cells } of rows) {
    const [head = '', ...rest] = field.split('.');
    if (rest.length > 0 && head !== concern) {
      body.push(text(0, y + 14, head, { className: 'name' }));
      y += ROW;
    }
    concern = head;
    const indent = rest.length === 0 ? 0 : 12;
    body.push(
      line(0, y, WIDTH, y, 'grid'),
      text(indent, y + 14, fitted(rest.length === 0 ? head : rest.join('.'), LABELS - indent - 4), {
        className: rest.length === 0 ? 'name' : 'tick',
      }),
      ...cells.map((cell, column) => (cell === undefined ? '' : verdictSign(cell.verdict, x(column), y + ROW / 2))),
    );
    y += ROW;
  }
  return figure({
    id: 'fidelity',
    title: 'How much of these policies each can execute',
    says: `${fidelitySays({ columns, rows })}${unused.length === 0 ? '' : ` Used by none of these policies: ${unused.join(', ')}.`}`,
    words: columns
      .map(({ name }, column) => {
        const parts = VERDICTS.map((verdict) => {
          const fields = rows.filter(({ cells }) => cells[column]?.verdict === verdict).map(({ field }) => field);
          return fields.length === 0 ? '' : `${verdict}: ${fields.join(', ')}`;
        });
        return `${name}: ${parts.filter((part) => part !== '').join('; ')}`;
      })
      .join('. '),
    height: y + 2,
    body: [...key.body, ...body],
  });
}

/** Upright, from bottom to top: names are wider than columns. */
function headOf(name: string, x: number, y: number): string {
  const drawn = text(0, 0, name, { className: 'name' });
  return drawn.replace('<text ', `<text transform="translate(${round(x)},${round(y)}) rotate(-90)" `);
}

function verdictSign(verdict: FidelityVerdict, x: number, y: number): string {
  const place = `transform="translate(${round(x)},${round(y)})"`;
  switch (verdict) {
    case 'exact':
      return `<circle r="5.5" ${place} class="verdict exact"/>`;
    case 'approximate':
      return `<path d="M0 -5.5A5.5 5.5 0 0 0 0 5.5ZM0 -5.5A5.5 5.5 0 0 1 0 5.5" ${place} class="verdict approximate"/>`;
    case 'not expressible':
      return `<path d="M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5" ${place} class="verdict lost"/>`;
    case 'stays in the process':
      return `<path d="M-5 -5H5V5H-5Z" ${place} class="verdict stays"/>`;
  }
}

function fidelitySays({ columns, rows }: Pick<FidelityMatrix, 'columns' | 'rows'>): string {
  const parts = columns.slice(1).map(({ name }, index) => {
    const verdicts = rows.map(({ cells }) => cells[index + 1]?.verdict);
    const of = (verdict: FidelityVerdict) => verdicts.filter((one) => one === verdict).length;
    return `${name} ${of('exact')} exactly, ${of('approximate')} approximately, ${of('not expressible')} not at all, ${of('stays in the process')} left to the process`;
  });
  return `Of ${rows.length} fields: ${parts.join('; ')}.`;
}
