import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandedAttempts, fateOf } from '../../../../src/compare/processes/upstream/fate.ts';
import type { Fault, FaultConditions, FaultKind } from '../../../../src/compare/scenario/fault.ts';

function fault(kind: FaultKind, when: Partial<FaultConditions> = {}): Fault {
  return { ...kind, when: { from: 0, to: undefined, probability: 1, host: undefined, ...when } };
}

const status = (when: Partial<FaultConditions> = {}) => fault({ kind: 'status', status: 503 }, when);
const place = { call: 0, attempt: 1, elapsed: 0, host: 1 };

describe('fateOf', () => {
  it.each<{ faults: Fault[]; elapsed?: number; host?: number; fate: string | undefined }>([
    { faults: [], fate: undefined },
    { faults: [fault({ kind: 'hang' })], fate: 'hang' },
    { faults: [status({ from: 800, to: 2000 })], elapsed: 799.9, fate: undefined },
    { faults: [status({ from: 800, to: 2000 })], elapsed: 800, fate: 'status' },
    { faults: [status({ from: 800, to: 2000 })], elapsed: 1999.9, fate: 'status' },
    { faults: [status({ from: 800, to: 2000 })], elapsed: 2000, fate: undefined },
    { faults: [status({ probability: 0 })], fate: undefined },
    { faults: [status({ host: 3 })], host: 2, fate: undefined },
    { faults: [status({ host: 3 })], host: 3, fate: 'status' },
    { faults: [status({ host: 3 }), fault({ kind: 'hang' })], host: 3, fate: 'status' },
    { faults: [status({ host: 3 }), fault({ kind: 'hang' })], host: 1, fate: 'hang' },
    { faults: [fault({ kind: 'refuse' }), fault({ kind: 'capacity', factor: 0.5 })], fate: undefined },
  ])('$faults.length faults, $elapsed ms, host $host: $fate', ({ faults, elapsed = 0, host = 1, fate }) => {
    expect(fateOf(faults, 1, { ...place, elapsed, host })?.kind).toBe(fate);
  });

  it('decides every attempt of a call anew', () => {
    const faults = [status({ probability: 0.5 })];
    const failed = (call: number, attempt: number) => fateOf(faults, 1, { ...place, call, attempt }) !== undefined;
    const changing = Array.from({ length: 1000 }, (_, call) => failed(call, 1) !== failed(call, 2));
    expect(changing.filter(Boolean).length / 1000).toBeCloseTo(0.5, 1);
  });

  it('draws for each of several faults anew, so that they meet as independent ones do', () => {
    const faults = [status({ probability: 0.5 }), fault({ kind: 'hang' }, { probability: 0.5 })];
    const fates = Array.from({ length: 10_000 }, (_, call) => fateOf(faults, 3, { ...place, call })?.kind ?? 'none');
    for (const [kind, share] of [
      ['status', 0.5],
      ['hang', 0.25],
      ['none', 0.25],
    ] as const)
      expect(Math.abs(fates.filter((fate) => fate === kind).length / 10_000 - share)).toBeLessThan(0.03);
  });

  it('is the same for the same seed, and another for another', () => {
    const faults = [status({ probability: 0.3 })];
    const fates = (seed: number) =>
      Array.from({ length: 500 }, (_, call) => fateOf(faults, seed, { ...place, call })?.kind);
    expect(fates(7)).toEqual(fates(7));
    expect(fates(7)).not.toEqual(fates(8));
  });
});

describe('demandedAttempts', () => {
  it('is what a client makes that stops at the first success or at its limit', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (seed, probability, limit) => {
          const faults = [status({ probability })];
          let sent = 0;
          for (let call = 0; call < 20; call += 1) {
            for (let attempt = 1; attempt <= limit; attempt += 1) {
              sent += 1;
              if (fateOf(faults, seed, { ...place, call, attempt }) === undefined) break;
            }
          }
          expect(demandedAttempts(faults, seed, 20, limit)).toBe(sent);
        },
      ),
    );
  });

  it.each([
    [[]],
    [[status({ from: 1 })]],
    [[status({ to: 1000 })]],
    [[status({ host: 1 })]],
    [[status(), status()]],
    [[fault({ kind: 'hang' })]],
  ])('is unknown where it depends on time, hosts or several faults: %o', (faults) => {
    expect(demandedAttempts(faults, 1, 10, 3)).toBeNull();
  });
});
