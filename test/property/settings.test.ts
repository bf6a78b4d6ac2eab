import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { atLeast } from './at-least.ts';
import { readPropertySettings } from './settings.ts';

describe('the settings of a run', () => {
  it('are a thousand runs and a seed that is drawn', () => {
    expect(readPropertySettings({}, () => 0)).toEqual({ seed: 1, runs: 1000 });
    expect(readPropertySettings({ MESHWISE_PROPERTY_SEED: '' }, () => 1 - Number.EPSILON)).toMatchObject({
      seed: 2 ** 31 - 1,
    });
  });

  it('are given by the environment', () => {
    const env = { MESHWISE_PROPERTY_SEED: '-1234567', MESHWISE_PROPERTY_RUNS: '20000' };
    expect(readPropertySettings(env, () => 0)).toEqual({ seed: -1_234_567, runs: 20_000 });
  });

  it.each([
    ['MESHWISE_PROPERTY_SEED', 'today', 'MESHWISE_PROPERTY_SEED is a whole number from -2147483648 to 2147483647'],
    ['MESHWISE_PROPERTY_SEED', '2147483648', 'not 2147483648'],
    ['MESHWISE_PROPERTY_RUNS', '100', 'MESHWISE_PROPERTY_RUNS is a whole number from 1000 to 1000000, not 100'],
    ['MESHWISE_PROPERTY_RUNS', '1e4', 'not 1e4'],
  ])('%s=%s is refused', (name, value, message) => {
    expect(() => readPropertySettings({ [name]: value }, Math.random)).toThrow(message);
  });
});

it('every property is tried as often as this run says, with its seed', () => {
  const { seed, runs } = inject('properties');
  const details = fc.check(fc.property(fc.nat(), () => true));
  expect([details.seed, details.numRuns]).toEqual([seed, runs]);
});

it('a property that needs more runs has them, and never fewer than all the others', () => {
  const { runs } = inject('properties');
  expect([atLeast(1), atLeast(runs), atLeast(runs + 1)]).toEqual([runs, runs, runs + 1]);
});

it('a property that fails says how to repeat it', () => {
  const failing = fc.property(fc.nat(), (value) => value < 100);
  expect(() => fc.assert(failing)).toThrow(`seed: ${inject('properties').seed}, path: "`);
});
