import { describe, expect, it } from 'vitest';
import { regionNames, regionOf, withoutRegions, withRegion } from './region.ts';

const DOCUMENT = `# Title

<!-- one: node write.ts -->

| a |

<!-- end of one -->

Between.

<!-- two: npm run two -->
<!-- end of two -->
`;

describe('regions of a document', () => {
  it('are found by their names, whatever command writes them', () => {
    expect(regionNames(DOCUMENT)).toEqual(['one', 'two']);
    expect(regionOf(DOCUMENT, 'one')).toBe('| a |');
    expect(regionOf(DOCUMENT, 'two')).toBe('');
  });

  it('are written without a change of what is around them', () => {
    const written = withRegion(withRegion(DOCUMENT, 'two', 'new'), 'one', '');
    expect(regionOf(written, 'two')).toBe('new');
    expect(regionOf(written, 'one')).toBe('');
    expect(written).toContain('\n\nBetween.\n\n');
    expect(withoutRegions(written)).toBe(withoutRegions(DOCUMENT));
  });

  it('must be there, and end with their own name', () => {
    expect(() => regionOf(DOCUMENT, 'three')).toThrow('no region <!-- three: … -->');
    const unended = DOCUMENT.replace('<!-- end of one -->', '');
    expect(() => withRegion(unended, 'one', '')).toThrow('<!-- end of one -->');
  });
});
