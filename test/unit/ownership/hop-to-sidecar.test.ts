import { describe, expect, it } from 'vitest';
import { DeclaredRetryOwner } from '../../../src/ownership/declared-retry-owner.ts';
import { GONE_AFTER, HopToSidecar, mayResend } from '../../../src/ownership/hop-to-sidecar.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const FIRST = { refusals: 0, refusedFor: 0 };

describe('the hop to the sidecar', () => {
  it('is nobody’s before a mark was seen', () => {
    const hop = new HopToSidecar(false);
    expect(hop.refused(FIRST, 0)).toBe(false);
    hop.answered(false);
    expect(hop.refused(FIRST, 1)).toBe(false);
    hop.answered(true);
    expect(hop.refused(FIRST, 2)).toBe(true);
  });

  it.each([
    [0, 0, true],
    [2, 1_000, true],
    [3, 500, false],
    [1, 1_001, false],
  ])('refused %i times before, for %i ms: %s', (refusals, refusedFor, again) => {
    expect(mayResend({ refusals, refusedFor })).toBe(again);
    expect(new HopToSidecar(true).refused({ refusals, refusedFor }, 0)).toBe(again);
  });

  it('is gone after 5 s of nothing but refusals, and back with the first reply', () => {
    const hop = new HopToSidecar(true);
    expect(hop.refused(FIRST, 1_000)).toBe(true);
    expect(hop.refused(FIRST, 1_000 + GONE_AFTER - 1)).toBe(true);
    expect(hop.isThere(1_000 + GONE_AFTER - 1)).toBe(true);
    expect(hop.refused(FIRST, 1_000 + GONE_AFTER)).toBe(false);
    expect(hop.isThere(1_000 + GONE_AFTER)).toBe(false);
    hop.answered(false);
    expect(hop.refused(FIRST, 20_000)).toBe(true);
    expect(hop.refused(FIRST, 20_000 + GONE_AFTER - 1)).toBe(true);
  });
});

describe('on the word of the operator', () => {
  it('the sidecar retries, is asked for nothing, and only its refusals are sent again', () => {
    const clock = new VirtualClock();
    const owner = new DeclaredRetryOwner(clock);
    const sent = { owner: 'sidecar', method: 'POST' } as const;
    expect(owner.decide()).toBe('sidecar');
    expect(owner.sidecarRefuses()).toBe(true);
    expect(owner.headerFor()).toBeUndefined();
    expect(owner.received(sent, { kind: 'refused', ...FIRST })).toEqual({ attempts: 'one', next: 'resend-any-method' });
    for (const reply of [{ kind: 'result', value: 503 }, { kind: 'reset' }, { kind: 'deadline' }] as const) {
      expect(owner.received(sent, reply)).toEqual({ attempts: 'one', next: 'continue' });
    }
  });
});
