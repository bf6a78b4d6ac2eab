import { describe, expect, it } from 'vitest';
import { explainPlan } from '../../../src/ownership/explain.ts';
import { planFor } from '../../../src/ownership/plan.ts';
import type { Proof } from '../../../src/ownership/proof.ts';
import { MODES } from '../../../src/policy/mode.ts';
import { anEnvironment, aPolicy } from './a-policy.ts';

const PROVEN: Proof = { state: 'proven', losses: 0, saidOutOfDate: false, refusedSince: undefined };
const url = new URL('http://payments:8080/charges/42');

describe('explainPlan', () => {
  it.each(MODES)('mode %s, nothing known', (mode) => {
    const plan = planFor({ policy: aPolicy(), mode, environment: anEnvironment(), sidecarSeen: false, url });
    expect(explainPlan(plan)).toMatchSnapshot();
  });

  it.each(MODES)('mode %s, proven', (mode) => {
    const policy = aPolicy({ concurrency: false });
    const plan = planFor({ policy, mode, environment: anEnvironment(), proof: PROVEN, sidecarSeen: true });
    expect(explainPlan(plan)).toMatchSnapshot();
  });
});
