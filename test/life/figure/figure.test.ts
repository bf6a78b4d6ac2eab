import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeWithEnvoy } from '../../envoy/envoy-test.ts';
import { lifeChart, runIn } from './life-chart.ts';
import { lifeDocument } from './life-document.ts';
import { ARMS, type LifeRun, PHASES } from './life-run.ts';
import { DOCUMENT, FIGURE } from './places.ts';
import { runLife } from './run-life.ts';

describe('docs/ownership-life.md', async () => {
  const figure = await readFile(FIGURE, 'utf8');
  const run = runIn(figure);

  it('and its figure are what the numbers of the last run say', async () => {
    expect(await readFile(DOCUMENT, 'utf8')).toBe(lifeDocument(run));
    expect(figure).toBe(lifeChart(run));
  });

  it('is of the phases and arms that are run', () => {
    expect(run.phases.map(({ label }) => label)).toEqual(PHASES.map(({ label }) => label));
    expect(run.arms.map(({ arm }) => arm)).toEqual([...ARMS]);
    expect(run.phases.at(-1)?.to).toBeGreaterThan(60_000);
  });
});

describeWithEnvoy('the experiment, in short', (binary) => {
  it('auto never exceeds the policy nor gives up early; process doubles, and no retries here are none without a rule', async () => {
    const phases = PHASES.filter(({ label }) => ['no rule', 'rule applied', 'rule removed'].includes(label));
    const run = await runLife({ binary, phases, phaseMs: 900, rate: 50 });
    const [auto, inProcess, naive] = run.arms.map((arm) => arm.phases);
    expect(auto?.map(({ above, givenUp }) => ({ above, givenUp }))).toEqual(
      phases.map(() => ({ above: 0, givenUp: 0 })),
    );
    expect(inProcess?.[1]?.above).toBeGreaterThan(0);
    expect(naive?.[0]?.givenUp).toBeGreaterThan(0);
    expect(naive?.[2]?.givenUp).toBeGreaterThan(0);
    // A reply that was under way when the rule came may raise a doubt for a moment.
    const owners = run.changes.map(({ to }) => to);
    expect([owners[0], owners.at(-1)]).toEqual(['sidecar', 'process']);
    expect(run.changes.every(({ against }) => against === 0)).toBe(true);
    const whole: LifeRun = { machine: 'a machine', envoy: '1.40.0', ...run };
    expect(lifeDocument(whole)).not.toMatch(/undefined|NaN|Infinity/);
    expect(lifeChart(whole)).not.toMatch(/undefined|NaN|Infinity/);
  });
});
