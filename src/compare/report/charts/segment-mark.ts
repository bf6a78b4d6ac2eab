import { rect } from './svg.ts';

/** So many kinds of segments are told apart, by colour and by pattern; see PATTERNS. */
export const SEGMENT_KINDS = 6;

export function segmentClass(kind: number): string {
  return `segment-${Math.min(kind, SEGMENT_KINDS - 1)}`;
}

/** The entry of a legend. */
export function segmentEntry(label: string, kind: number) {
  return { label, sample: (x: number, y: number) => rect(x, y - 6, 24, 12, segmentClass(kind)) };
}

const STROKES = [
  '',
  'M0 8L8 0M-2 2L2 -2M6 10L10 6',
  'M0 4H8',
  'M4 0V8',
  'M0 0L8 8M-2 6L2 10M6 -2L10 2',
  'M0 4H8M4 0V8',
] as const;

/** The patterns of the segments, once on a page. */
export const PATTERNS: string = [
  '<svg width="0" height="0" aria-hidden="true" class="patterns"><defs>',
  ...STROKES.map((stroke, kind) =>
    stroke === ''
      ? ''
      : `<pattern id="pattern-${kind}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="ground-${kind}"/><path d="${stroke}" class="hatch"/></pattern>`,
  ).filter((pattern) => pattern !== ''),
  '</defs></svg>',
].join('\n');

export const SEGMENT_STYLE: string = STROKES.map((stroke, kind) =>
  stroke === ''
    ? `svg .segment-${kind}{fill:var(--segment-${kind})}`
    : `svg .segment-${kind}{fill:url(#pattern-${kind})}svg .ground-${kind}{fill:var(--segment-${kind})}`,
).join('\n');
