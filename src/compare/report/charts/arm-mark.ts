import { ARM_NAMES } from '../../arms/arm.ts';
import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond2,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolTriangle2,
  symbolWye,
} from './d3.ts';
import { round } from './svg.ts';

/*
 * An arm looks the same wherever it is drawn: its colour is that of who executes the policy, its sign and its dash are
 * its own, so that nobody has to tell sixteen colours apart.
 */

const SIGNS: readonly SymbolType[] = [
  symbolCircle,
  symbolSquare,
  symbolTriangle,
  symbolDiamond2,
  symbolCross,
  symbolStar,
  symbolWye,
  symbolTriangle2,
];

const DASHES = ['', '6 3', '2 3', '9 3 2 3'] as const;

/** -1 of an arm that is not known here. */
function indexOf(arm: string): number {
  return (ARM_NAMES as readonly string[]).indexOf(arm);
}

/** Class of an arm's colour. A report of another version may have arms that are not known here. */
export function armClass(arm: string): string {
  const index = indexOf(arm);
  return index < 0 ? 'arm-other' : `arm-${index}`;
}

/** The arm's own sign around a point; the second eight of the arms have theirs hollow. */
export function armSign(arm: string, x: number, y: number): string {
  const index = Math.max(0, indexOf(arm));
  const sign = SIGNS[index % SIGNS.length] ?? symbolCircle;
  const look = index < SIGNS.length ? 'sign' : 'sign hollow';
  return `<path d="${symbol(sign, 44).digits(1)() ?? ''}" transform="translate(${round(x)},${round(y)})" class="${look} ${armClass(arm)}"/>`;
}

/** Class of an arm's line: with the sign, no two of the arms look the same. */
export function armLine(arm: string): string {
  const index = Math.max(0, indexOf(arm));
  return `dash-${index % DASHES.length} ${armClass(arm)}`;
}

export const DASH_STYLE: string = DASHES.map((dash, index) =>
  dash === '' ? '' : `svg .dash-${index}{stroke-dasharray:${dash}}`,
)
  .filter((rule) => rule !== '')
  .join('\n');
