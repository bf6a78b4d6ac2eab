import { describe, expect, it } from 'vitest';
import { ARM_NAMES } from '../../src/compare/arms/arm.ts';
import { BUILT_IN } from '../../src/compare/scenario/load-scenarios.ts';
import { OTHER_REGIONS, REGIONS } from './comparison/regions.ts';
import { codeSpans, readDocument } from './documents.ts';
import { regionNames, regionOf, withoutRegions } from './region.ts';
import { readSource } from './source-text.ts';

const { text } = readDocument('docs/comparison.md');

/** Nobody has measured what stands in an example of a command, in `backticks`, or in a link's target. */
const prose = withoutRegions(text)
  .replaceAll(/^```[\s\S]*?^```$/gm, '')
  .replaceAll(/<!--.*?-->/g, '')
  .replaceAll(/`[^`\n]+`/g, '')
  .replaceAll(/\]\([^)]*\)/g, ']');

describe('the guide on library and mesh', () => {
  it('has every region that a command writes, each once, and no other', () => {
    expect(regionNames(text).toSorted()).toEqual([...Object.keys(REGIONS), ...OTHER_REGIONS].toSorted());
  });

  it.each([...Object.keys(REGIONS), ...OTHER_REGIONS])('has something in the region %s', (name) => {
    expect(regionOf(text, name)).not.toBe('');
  });

  it('has no figure that nobody has measured', () => {
    const lines = prose.split('\n').filter((line) => /\d/.test(line.replace(/^\d+\. /, '')));
    expect(lines).toEqual([]);
  });

  it('spells no figure out', () => {
    const spelt =
      /\b(?:percent|milliseconds?|microseconds?|mebibytes?|megabytes?|twice|half as|tenfold|times as (?:much|many|long) as)\b/i;
    expect(prose.split('\n').filter((line) => spelt.test(line))).toEqual([]);
  });

  it('tells of every scenario that comes with the comparison', () => {
    const told = readSource('test/docs/comparison/regions.ts');
    // The three rates of the steady state are in the report; the price of a layer is told by `cost`.
    const untold = BUILT_IN.filter((name) => name !== 'steady' && !told.includes(`'${name}'`));
    expect(untold).toEqual([]);
  });

  it('names arms as the comparison does', () => {
    const named = codeSpans(withoutRegions(text)).filter((word) =>
      /^(?:bare|sidecar|two-sidecars|process|both)/.test(word),
    );
    expect(named.filter((word) => !ARM_NAMES.some((arm) => arm === word))).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(['sidecar', 'two-sidecars']));
  });
});
