import { keyOf, subjectKeyOf } from './diff.ts';
import type { Finding, Report } from './report.ts';

/** What several reports say alike, and what only some of them say. */
export interface Agreement {
  readonly reports: number;
  /** In every report; the texts are the last one's. */
  readonly all: readonly Finding[];
  readonly some: readonly Partly[];
}

export interface Partly {
  readonly finding: Finding;
  /** The reports that say it, counted from 1. */
  readonly in: readonly number[];
  /** Reports that say otherwise about the same, and how they call it. */
  readonly against: readonly { readonly report: number; readonly id: string }[];
}

/** A finding that not every run makes is no finding. */
export function agreeingFindings(reports: readonly Report[]): Agreement {
  const known = new Map<string, Finding>();
  for (const { findings } of reports) for (const finding of findings) known.set(keyOf(finding), finding);
  const keys = reports.map(({ findings }) => new Set(findings.map(keyOf)));
  const all: Finding[] = [];
  const some: Partly[] = [];
  for (const [key, finding] of known) {
    const saying = keys.flatMap((own, index) => (own.has(key) ? [index + 1] : []));
    if (saying.length === reports.length) all.push(finding);
    else some.push({ finding, in: saying, against: contradictions(finding, reports) });
  }
  return { reports: reports.length, all, some };
}

function contradictions(finding: Finding, reports: readonly Report[]): Partly['against'] {
  return reports.flatMap(({ findings }, index) =>
    findings
      .filter((other) => subjectKeyOf(other) === subjectKeyOf(finding) && keyOf(other) !== keyOf(finding))
      .map(({ id }) => ({ report: index + 1, id })),
  );
}

export function renderAgreement({ reports, all, some }: Agreement): string {
  const lines = [
    `${all.length} findings in all ${reports} reports`,
    ...all.map(({ scenario, text }) => `  ${scenario}: ${text}`),
    ...(some.length === 0 ? [] : ['', `${some.length} in some only, which are no findings`]),
    ...some.map(({ finding, in: saying, against }) => {
      const others = against.map(({ report, id }) => `report ${report} has ${id}`);
      const told = `  ${finding.scenario}: ${finding.id}: in report ${saying.join(' and ')} of ${reports}`;
      return others.length === 0 ? told : `${told}; ${others.join(', ')}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
