import { text, WIDTH } from './svg.ts';
import { fitted, textWidth } from './text-width.ts';

/** One entry: the sample is drawn 24 units wide around a middle line. */
export interface LegendEntry {
  readonly label: string;
  readonly sample: (x: number, y: number) => string;
}

const SAMPLE = 24;
const GAP = 12;
const LINE = 18;

/** Entries one after the other, in as many lines as they need. */
export function legend(
  entries: readonly LegendEntry[],
  top: number,
): { readonly body: string[]; readonly height: number } {
  const body: string[] = [];
  let x = 0;
  let y = top;
  for (const { label, sample } of entries) {
    const shown = fitted(label, WIDTH - SAMPLE - 6);
    const width = SAMPLE + 6 + textWidth(shown);
    if (x > 0 && x + width > WIDTH) {
      x = 0;
      y += LINE;
    }
    body.push(sample(x, y + LINE / 2), text(x + SAMPLE + 6, y + 13, shown, { className: 'tick' }));
    x += width + GAP;
  }
  return { body, height: entries.length === 0 ? 0 : y - top + LINE };
}
