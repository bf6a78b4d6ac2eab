import { describe, expect, it } from 'vitest';
import { type MeasuredRun, percentile, seenByVegeta, whyNoLatency } from './measured-run.ts';
import { type ArmRuns, hop, randomFaults, saidOfHop } from './reproduction.ts';
import { reproductionTable } from './text.ts';
import type { Hit } from './vegeta.ts';

function run(given: Partial<MeasuredRun> = {}): MeasuredRun {
  return {
    calls: 1000,
    good: 973,
    attempts: 1390,
    demanded: 1390,
    p50: 0.5,
    p99: 2,
    slip: { p50: 0.1, p99: 0.2 },
    machineBusy: 0.3,
    ...given,
  };
}

function runs(arm: ArmRuns['arm'], harness: Partial<MeasuredRun>, vegeta: Partial<MeasuredRun>, rounds = 1): ArmRuns {
  return { arm, rounds: Array.from({ length: rounds }, () => ({ harness: run(harness), vegeta: run(vegeta) })) };
}

const failed = (arm: ArmRuns) =>
  randomFaults([arm], 0.3, () => [2]).claims.flatMap(({ claim, passed }) => (passed ? [] : [claim]));

describe('random faults by two generators', () => {
  it('are reproduced where both have attempts and failures as computed', () => {
    expect(failed(runs('sidecar', {}, { attempts: 1400, demanded: 1400 }))).toEqual([]);
  });

  it('are not where one of them has attempts beyond the closed form', () => {
    expect(failed(runs('sidecar', {}, { attempts: 1500, demanded: 1500 }))).toEqual([
      'vegeta, sidecar: attempts per call are 1.390, within 3 %',
    ]);
  });

  it('are not where the attempts are not those of the seed', () => {
    expect(failed(runs('sidecar', { demanded: 1420 }, {}))).toEqual([
      "harness, sidecar: as many attempts as the seed's faults demand, within 1 %",
    ]);
    expect(failed(runs('sidecar', { demanded: null }, {}))).toHaveLength(1);
  });

  it('are not where more calls fail than can by chance', () => {
    expect(failed(runs('sidecar', {}, { good: 900 }))).toEqual([
      'vegeta, sidecar: 2.7 % of the calls fail in the end, ± 2.6 %',
    ]);
  });
});

describe('a hop by two generators', () => {
  const bare = runs('bare', { p50: 0.4, p99: 1 }, { p50: 0.2, p99: 0.8 }, 5);
  const noop = runs('sidecar-noop', { p50: 0.7, p99: 1 }, { p50: 0.45, p99: 0.9 }, 5);

  it('is what each round has more, beside both percentiles', () => {
    expect(reproductionTable(hop(bare, noop)).rows).toEqual([
      ['p50', 'bare', '0.40 ms', '0.20 ms', '0.50'],
      ['p50', 'sidecar-noop', '0.70 ms', '0.45 ms', '0.64'],
      ['what the hop adds to p50', 'sidecar-noop − bare', '0.30 ms', '0.25 ms', '0.83'],
      ['p99', 'bare', '1.00 ms', '0.80 ms', '0.80'],
      ['p99', 'sidecar-noop', '1.00 ms', '0.90 ms', '0.90'],
      ['what the hop adds to p99', 'sidecar-noop − bare', '0.00 ms', '0.10 ms', '–'],
    ]);
  });

  it('is longer where all rounds through it are, and not told where they are alike', () => {
    expect(saidOfHop(bare, noop)).toBe(
      'Through the hop: p50 longer by both; p99 no difference seen by the own generator, longer by vegeta.',
    );
  });

  it('is withheld with the reason where one run was disturbed, percentile by percentile', () => {
    const late = { harness: run(), vegeta: run({ slip: { p50: 0.5, p99: 3 } }) };
    const disturbed = { arm: noop.arm, rounds: [...noop.rounds.slice(1), late] };
    const rows = hop(bare, disturbed);
    expect(reproductionTable(rows).rows.map(([figure, , own]) => [figure, own === 'withheld'])).toEqual([
      ['p50', false],
      ['p50', false],
      ['what the hop adds to p50', false],
      ['p99', false],
      ['p99', true],
      ['what the hop adds to p99', true],
    ]);
    expect(saidOfHop(bare, disturbed)).toMatch(/; p99 is not told, 1 % of the calls were made more than 1 ms late\.$/);
  });

  it('shows the spread of the rounds', () => {
    const spread = { arm: bare.arm, rounds: [...runs('bare', { p50: 0.3 }, {}).rounds, ...bare.rounds] };
    expect(reproductionTable(hop(spread, spread)).rows[0]?.slice(0, 3)).toEqual([
      'p50',
      'bare',
      '0.40 ms (0.30 to 0.40)',
    ]);
  });
});

describe('a measured run', () => {
  it('tells no latency of a machine that is busy, or of which nobody knows how busy it is', () => {
    expect(whyNoLatency([run()], 'p99')).toBeUndefined();
    expect(whyNoLatency([run(), run({ machineBusy: 0.6 })], 'p50')).toBe('the machine was more than half busy');
    expect(whyNoLatency([run({ machineBusy: null })], 'p50')).toBe('how busy the machine was is not known');
    expect(whyNoLatency([run({ slip: { p50: 1.5, p99: 2 } })], 'p50')).toBe(
      'half of the calls were made more than 1 ms late',
    );
  });

  it('has percentiles by nearest rank', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 50, 60, 61, 100].map((percent) => percentile(values, percent))).toEqual([1, 3, 3, 4, 5]);
    expect(percentile([], 50)).toBe(0);
  });

  it('counts as good what the harness does, and knows how late each request was', () => {
    const hit = (seq: number, given: Partial<Hit>): Hit => ({
      seq,
      code: 200,
      error: '',
      sentAt: 0,
      latency: 1,
      ...given,
    });
    const hits = [
      hit(3, { sentAt: 0.5 }),
      hit(4, { sentAt: 10.25, code: 404 }),
      hit(5, { sentAt: 27.25, code: 503, latency: 9 }),
      hit(6, { sentAt: 31, code: 0, error: 'EOF' }),
    ];
    expect(seenByVegeta(hits, 100)).toEqual({ calls: 4, good: 2, p50: 1, p99: 9, slip: { p50: 0.25, p99: 7 } });
  });
});
