import { escaped } from './charts/svg.ts';
import type { FidelityMatrix } from './policy-fidelity.ts';

/** The same in words, with what each mesh does instead. */
export function fidelityTable({ columns, rows }: FidelityMatrix): string {
  if (rows.length === 0) return '';
  const others = columns.slice(1);
  const head = others.map(
    ({ name, about }) => `<th scope="col">${escaped(name)}<br><code>${escaped(about)}</code></th>`,
  );
  const body = rows.map(({ field, cells }) => {
    const words = cells
      .slice(1)
      .map((cell) =>
        cell === undefined ? '<td>–</td>' : `<td class="words">${cell.verdict}: ${escaped(cell.detail)}</td>`,
      );
    return `<tr><th scope="row">${escaped(field)}</th>${words.join('')}</tr>`;
  });
  return [
    '<details><summary>The same in words</summary>',
    '<div class="table" tabindex="0" role="region" aria-label="Who can execute what, in words">',
    `<table><thead><tr><th scope="col">field</th>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
    '</div></details>',
  ].join('\n');
}
