import { describe, expect, it } from 'vitest';
import { ARM_NAMES } from '../../../../src/compare/arms/arm.ts';
import { armLine, armSign } from '../../../../src/compare/report/charts/arm-mark.ts';
import { PATTERNS, SEGMENT_KINDS, segmentClass } from '../../../../src/compare/report/charts/segment-mark.ts';
import { DARK, LIGHT, type Palette } from '../../../../src/compare/report/palette.ts';

/** Relative luminance, WCAG 2.2. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ({ page, panel }: Palette) => [page, panel];

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s palette', (_, palette) => {
  it('measures contrast as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  it.each([
    ['text', palette.text],
    ['soft', palette.soft],
    ['good', palette.good],
    ['bad', palette.bad],
    ...Object.entries(palette.arms),
    ...palette.segments.map((color, kind) => [`segment ${kind}`, color]),
  ] as [string, string][])('sets %s off from page and panel', (__, color) => {
    expect(color).toMatch(/^#[0-9a-f]{6}$/);
    for (const ground of grounds(palette)) expect(contrast(color, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it('has a colour per arm and kind of segment', () => {
    expect(Object.keys(palette.arms).toSorted()).toEqual([...ARM_NAMES, 'other'].toSorted());
    expect(palette.segments.length).toBe(SEGMENT_KINDS);
  });
});

describe('without colour', () => {
  const colourless = (markup: string) => markup.replace(/\barm-\w+/g, '');

  it('each arm has a sign of its own', () => {
    expect(new Set(ARM_NAMES.map((arm) => colourless(armSign(arm, 0, 0)))).size).toBe(ARM_NAMES.length);
  });

  it('neighbouring arms have lines of their own', () => {
    for (const [index, arm] of ARM_NAMES.entries()) {
      const next = ARM_NAMES[index + 1];
      if (next !== undefined) expect(colourless(armLine(arm))).not.toBe(colourless(armLine(next)));
    }
  });

  it('an arm that is not known is drawn too', () => {
    expect(armSign('of another version', 0, 0)).toContain('arm-other');
  });

  it('each kind of segment has a pattern of its own, but the plain first', () => {
    const strokes = [...PATTERNS.matchAll(/<path d="([^"]+)"/g)].map(([, d]) => d);
    expect(new Set(strokes).size).toBe(SEGMENT_KINDS - 1);
    expect(segmentClass(SEGMENT_KINDS + 3)).toBe(`segment-${SEGMENT_KINDS - 1}`);
  });
});
