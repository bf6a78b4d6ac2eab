import { describe, expect, it } from 'vitest';
import { MOST_UPSTREAMS, upstreamLabel } from '../../../../src/telemetry/metrics/upstream-label.ts';

describe('the label upstream', () => {
  it('has a hundred values, first come first served, and then one more', () => {
    const names = Array.from({ length: MOST_UPSTREAMS + 20 }, (_, number) => `upstream-${number}`);
    const labels = names.map(upstreamLabel);
    expect(labels.slice(0, MOST_UPSTREAMS)).toEqual(names.slice(0, MOST_UPSTREAMS));
    expect(new Set(labels.slice(MOST_UPSTREAMS))).toEqual(new Set(['other']));
    expect(upstreamLabel('upstream-0')).toBe('upstream-0');
  });
});
