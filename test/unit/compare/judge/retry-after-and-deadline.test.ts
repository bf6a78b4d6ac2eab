import { describe, expect, it } from 'vitest';
import type { ArmName } from '../../../../src/compare/arms/arm.ts';
import { always, attempts, cell, scenario } from '../result/report-fixture.ts';
import { checked, found } from './asked.ts';

describe('retry-after', () => {
  const asked = scenario('retry-after', {
    faults: [{ kind: 'status', status: 503, retryAfter: 1, when: always }],
    questions: ['retry-after'],
  });
  const early = (arm: ArmName, count: number) =>
    cell('retry-after', arm, { attempts: attempts(1, { early: count }), sidecar: null });

  it('who comes early', () => {
    expect(found(asked, [early('process', 0), early('by-hand', 1800)])).toEqual({
      'retry-after/early: by-hand > process':
        'With p-retry and opossum by hand, 1,800 attempts per 1,000 calls come before the time that Retry-After told ' +
        '(one round) instead of 0 with meshwise in the process.',
    });
  });

  it('the process never does, whatever others do', () => {
    const claim = 'no attempt comes before the time that Retry-After told';
    expect(checked(asked, early('process', 0))).toContain(`ok ${claim}: 0 early`);
    expect(checked(asked, early('process', 1))).toContain(`FAILED ${claim}: 1 early`);
    expect(checked(asked, early('sidecar', 1), early('by-hand', 900)).join()).not.toContain(claim);
  });
});

describe('deadline', () => {
  const asked = scenario('deadline', { questions: ['deadline'] });
  const late = (arm: ArmName, count: number) =>
    cell('deadline', arm, { attempts: attempts(1, { afterDeadline: count }), sidecar: null });

  it('who goes on for a caller that has gone', () => {
    expect(found(asked, [late('process', 0), late('cockatiel', 300)])).toHaveProperty(
      'deadline/late-attempts: cockatiel > process',
    );
    expect(found(asked, [late('process', 0), late('cockatiel', 9)])).toHaveProperty(
      'deadline/late-attempts: cockatiel ~ process',
    );
  });

  it('the process does not, but for what is under way', () => {
    expect(checked(asked, late('process', 10))[0]).toMatch(/^ok no attempt begins after/);
    expect(checked(asked, late('process', 11))[0]).toMatch(/^FAILED no attempt begins after/);
    expect(checked(asked, late('both', 900))).toEqual([]);
  });
});
