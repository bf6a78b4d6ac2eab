import type { ScaleLinear, ScaleLogarithmic } from './d3.ts';
import { line, text, WIDTH } from './svg.ts';
import { fitted, textWidth } from './text-width.ts';

/** Room below a drawing for the numbers of its axis and for the line that says what they are. */
export const AXIS_HEIGHT = 36;

type Scale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>;

/** Upright lines with their numbers, as many as fit without touching, and what they mean. */
export function axisBelow(scale: Scale, ticks: readonly number[], { top, bottom, shown, label }: AxisBelow): string[] {
  let free = Number.NEGATIVE_INFINITY;
  const drawn = ticks.flatMap((tick) => {
    const x = scale(tick);
    const content = shown(tick);
    const half = textWidth(content) / 2;
    // The outermost numbers stay within the drawing.
    const at = Math.min(Math.max(x, half), WIDTH - half);
    const grid = top === undefined ? '' : line(x, top, x, bottom, 'grid');
    if (at - half < free) return [grid];
    free = at + half + 6;
    return [grid, text(at, bottom + 15, content, { anchor: 'middle', className: 'tick' })];
  });
  return [...drawn, text(WIDTH / 2, bottom + 31, fitted(label, WIDTH), { anchor: 'middle', className: 'tick' })];
}

export interface AxisBelow {
  /** Where the upright lines begin; `undefined`: there are none, or others draw them. */
  readonly top: number | undefined;
  readonly bottom: number;
  readonly shown: (tick: number) => string;
  readonly label: string;
}
