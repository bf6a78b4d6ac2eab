import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandedAttempts, type Fault, fateOf } from '../../../src/compare/fault.ts';

describe('fateOf', () => {
  const outage: Fault = { kind: 'outage', status: 503, from: 800, to: 2000 };
  it.each<{ fault: Fault; elapsed: number; fate: ReturnType<typeof fateOf> }>([
    { fault: { kind: 'none' }, elapsed: 0, fate: 'answer' },
    { fault: { kind: 'black-hole' }, elapsed: 0, fate: 'never-answer' },
    { fault: outage, elapsed: 799.9, fate: 'answer' },
    { fault: outage, elapsed: 800, fate: { status: 503 } },
    { fault: outage, elapsed: 1999.9, fate: { status: 503 } },
    { fault: outage, elapsed: 2000, fate: 'answer' },
    { fault: { kind: 'random-status', status: 503, probability: 0 }, elapsed: 0, fate: 'answer' },
    { fault: { kind: 'random-status', status: 500, probability: 1 }, elapsed: 0, fate: { status: 500 } },
  ])('$fault.kind at $elapsed ms: $fate', ({ fault, elapsed, fate }) => {
    expect(fateOf(fault, 1, 0, 1, elapsed)).toEqual(fate);
  });

  it('decides every attempt of a call anew', () => {
    const fault: Fault = { kind: 'random-status', status: 503, probability: 0.5 };
    const calls = Array.from({ length: 1000 }, (_, call) => call);
    const changing = calls.filter(
      (call) => (fateOf(fault, 1, call, 1, 0) === 'answer') !== (fateOf(fault, 1, call, 2, 0) === 'answer'),
    );
    expect(changing.length / calls.length).toBeCloseTo(0.5, 1);
  });

  it('fails the share of the attempts that the probability says', () => {
    const fault: Fault = { kind: 'random-status', status: 503, probability: 0.3 };
    const failing = Array.from({ length: 20_000 }, (_, call) => fateOf(fault, 7, call, 1, 0)).filter(
      (fate) => fate !== 'answer',
    ).length;
    expect(failing / 20_000).toBeCloseTo(0.3, 1);
  });
});

describe('demandedAttempts', () => {
  it('is what a client makes that stops at the first success or at its limit', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (seed, p, limit) => {
          const fault: Extract<Fault, { kind: 'random-status' }> = {
            kind: 'random-status',
            status: 503,
            probability: p,
          };
          let sent = 0;
          for (let call = 0; call < 20; call += 1) {
            for (let attempt = 1; attempt <= limit; attempt += 1) {
              sent += 1;
              if (fateOf(fault, seed, call, attempt, 0) === 'answer') break;
            }
          }
          expect(demandedAttempts(fault, seed, 20, limit)).toBe(sent);
        },
      ),
    );
  });
});
