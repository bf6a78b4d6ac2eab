import { describe, expect, it } from 'vitest';
import { gain, type Lost, lose, type Proven, refuse, UNPROVEN } from '../../../src/ownership/proof.ts';

const PROVEN: Proven = { state: 'proven', losses: 1, saidOutOfDate: false, refusedSince: undefined };
const LOST: Lost = { state: 'lost', losses: 1, saidOutOfDate: false, since: 0, marked: 0 };

describe('a proof that says nothing new is the same object: nothing is made per reply, and nothing is noticed', () => {
  it('proven, and seen again', () => {
    expect(gain(PROVEN, 1)).toBe(PROVEN);
  });

  it('lost, and lost again by a call that was in flight', () => {
    expect(lose(LOST, 1)).toBe(LOST);
  });

  it.each([UNPROVEN, LOST])('refused while it is $state', (proof) => {
    expect(refuse(proof, 1)).toBe(proof);
    expect(refuse(proof, 10_000)).toBe(proof);
  });
});

it.each([
  ['the sidecar answers again', { ...PROVEN, refusedSince: 1 }],
  ['the rule is no longer out of date', { ...PROVEN, saidOutOfDate: true }],
])('a mark clears what was held against a proof: %s', (_, proof) => {
  expect(gain(proof, 2)).toEqual(PROVEN);
});
