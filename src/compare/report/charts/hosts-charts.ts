import { percent } from '../../format.ts';
import { badHostOf } from '../../result/disturbance.ts';
import { shareOfHost } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import { spreadOf } from '../../result/spread.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { type Measured, measured, type Rounds, roundsIn } from './measured.ts';
import { measuredBars } from './measured-bars.ts';
import { rangeSays } from './says.ts';
import { segmentClass, segmentEntry } from './segment-mark.ts';

/** Which share of the attempts each of the upstream's hosts got; the bad one stands first. */
export function hostsCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  const all = roundsIn(report, scenarios).flatMap((one) => {
    const bad = badHostOf(one.scenario);
    return bad === undefined ? [] : measured([one], (cell) => shareOfHost(cell, bad));
  });
  const shown = (share: number): string => percent(share);
  return measuredBars(report, all, {
    kind: 'hosts',
    title: 'Attempts by host',
    questions: ['bad-host'],
    axis: 'share of the attempts that reached each host',
    shown: (share) => `${percent(share)} to the bad host`,
    tick: (share) => percent(share, 0),
    most: 1,
    row: (one) => ({ segments: segmentsOf(one) }),
    says: (rows) => `Share of the attempts that the bad host got. ${rangeSays(rows, shown)}`,
    legend: [
      segmentEntry('the bad host', 0),
      ...othersOf(all).map((_, index) => segmentEntry(`other ${index + 1}`, index + 1)),
    ],
  });
}

function segmentsOf({ scenario, cells }: Measured) {
  const bad = badHostOf(scenario) ?? 1;
  const hosts = Array.from({ length: scenario.upstream.hosts }, (_, index) => index + 1);
  return [bad, ...hosts.filter((host) => host !== bad)].map((host, kind) => ({
    value: spreadOf(cells.map((cell) => shareOfHost(cell, host) ?? 0))?.median ?? 0,
    className: segmentClass(kind),
  }));
}

function othersOf(all: readonly Rounds[]): undefined[] {
  return Array<undefined>(Math.max(0, ...all.map(({ scenario }) => scenario.upstream.hosts - 1))).fill(undefined);
}
