import { count, policyLine, time } from '../format.ts';
import { isNoDifference } from '../result/finding-id.ts';
import type { Check, Finding, Report, Withheld } from '../result/report.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { chartsOf } from './charts/charts-of.ts';
import { faultName } from './charts/fault-name.ts';
import { variantName } from './charts/measured.ts';
import { escaped } from './charts/svg.ts';
import { sectionId } from './section-id.ts';
import { legendOf, type Table, tableOfFamily } from './table.ts';

/** What a family of scenarios asked, found, drew, counted and checked. */
export function familySection(report: Report, family: string): string {
  const scenarios = report.scenarios.filter((scenario) => scenario.family === family);
  const title = scenarios[0]?.title ?? family;
  const isOwn = ({ scenario }: { readonly scenario: string }) => scenarios.some(({ name }) => name === scenario);
  const checks = report.checks.filter(isOwn);
  return [
    `<section id="${sectionId(family)}">`,
    `<h2>${escaped(title)}</h2>`,
    `<p>${escaped(scenarios[0]?.shows ?? '')}</p>`,
    ...findingsOf(report.findings.filter(isOwn), scenarios),
    ...withheldOf(report.withheld.filter(isOwn)),
    `<div class="charts">${chartsOf(report, family).join('\n')}</div>`,
    htmlTable(tableOfFamily(report, family), title),
    checks.length === 0
      ? ''
      : `<details><summary>${count(checks.length)} ${checks.length === 1 ? 'check' : 'checks'}</summary><ul>${checks.map(checkItem).join('\n')}</ul></details>`,
    `<details><summary>Policies, faults and load</summary><ul>${scenarios.map(setting).join('\n')}</ul><p class="soft">Policies are scaled down, so that a short run shows what they do.</p></details>`,
    '</section>',
  ].join('\n');
}

/** More than these would stand between the reader and the drawings. */
const MOST_FINDINGS = 6;

/** Differences first; then what is left to those who want to know all. */
function findingsOf(findings: readonly Finding[], scenarios: readonly Scenario[]): string[] {
  const [same, differing] = [true, false].map((none) => findings.filter(({ id }) => isNoDifference(id) === none));
  const ordered = [...(differing ?? []), ...(same ?? [])];
  const shown = Math.min(MOST_FINDINGS, Math.max(1, differing?.length ?? 0));
  const rest = ordered.slice(shown);
  return [
    ...ordered.slice(0, shown).map((finding) => `<p class="finding">${findingText(finding, scenarios)}</p>`),
    ...(rest.length === 0
      ? []
      : [
          `<details><summary>${count(rest.length)} more ${rest.length === 1 ? 'finding' : 'findings'}, ${count(rest.filter(({ id }) => isNoDifference(id)).length)} of them “no difference seen”</summary><ul>${rest.map((finding) => `<li>${findingText(finding, scenarios)}</li>`).join('\n')}</ul></details>`,
        ]),
  ];
}

function findingText({ scenario: name, text }: Finding, scenarios: readonly Scenario[]): string {
  const scenario = scenarios.find((one) => one.name === name);
  const variant = scenario === undefined || scenarios.length === 1 ? '' : variantName(scenario);
  return variant === '' ? escaped(text) : `<strong>${escaped(variant)}</strong>: ${escaped(text)}`;
}

/** Once per question; the reasons stand in a section of their own. */
function withheldOf(withheld: readonly Withheld[]): string[] {
  return [...Map.groupBy(withheld, ({ question }) => question)].map(
    ([question, { length }]) =>
      `<p class="withheld">${question === 'all' ? 'Findings' : `Findings on ${escaped(question)}`} were withheld${length === 1 ? '' : ` ${count(length)} times`}: <a href="#withheld">why</a>.</p>`,
  );
}

function checkItem({ passed, arm, round, claim, found }: Check): string {
  const who = round === 1 ? arm : `${arm} (round ${round})`;
  return `<li class="${passed ? 'passed' : 'failed'}">${passed ? 'ok' : 'failed'}: ${escaped(`${who}: ${claim}: ${found}`)}</li>`;
}

function setting(scenario: Scenario): string {
  const { policy, sidecarPolicy, faults, load, upstream, tiers, rounds } = scenario;
  const { rate, arrivals, method, bursts } = load;
  const parts = [
    `${count(rate)} calls per second (${method}), ${arrivals} arrivals`,
    ...bursts.map(({ from, to, factor }) => `× ${factor} from ${time(from)} to ${time(to)}`),
    rounds === 1 ? 'one round' : `${count(rounds)} rounds`,
    ...(upstream.hosts > 1 ? [`${count(upstream.hosts)} hosts`] : []),
    ...(upstream.concurrency === undefined
      ? []
      : [`${count(upstream.concurrency)} requests at once, ${time(upstream.serviceTime)} each`]),
    ...(tiers > 1 ? [`${count(tiers)} services in a row`] : []),
    ...faults.map((fault) => `${faultName(fault)}${windowOf(fault.when)}`),
  ];
  const variant = variantName(scenario);
  return [
    '<li>',
    variant === '' ? '' : `<strong>${escaped(variant)}</strong>: `,
    `${escaped(parts.join('; '))}. <code>${escaped(policyLine(policy))}</code>`,
    sidecarPolicy === undefined ? '' : ` In the sidecar: <code>${escaped(policyLine(sidecarPolicy))}</code>`,
    '</li>',
  ].join('');
}

function windowOf({ from, to }: Scenario['faults'][number]['when']): string {
  if (to === undefined) return from === 0 ? '' : ` from ${time(from)}`;
  return ` from ${time(from)} to ${time(to)}`;
}

function htmlTable(table: Table, title: string): string {
  const { columns, rows, headers } = table;
  if (rows.length === 0) return '';
  const head = columns
    .map(
      ({ title: name, align, about }) =>
        `<th scope="col" class="${align}" title="${escaped(about)}">${escaped(name)}</th>`,
    )
    .join('');
  const body = rows.map((row) => {
    const cells = row.map((value, index) =>
      index < headers
        ? `<th scope="row">${escaped(value)}</th>`
        : `<td class="${columns[index]?.align ?? 'left'}">${escaped(value)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return [
    `<div class="table" tabindex="0" role="region" aria-label="Figures: ${escaped(title)}">`,
    `<table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
    '</div>',
    `<details><summary>What the columns say</summary><ul class="legend">${legendOf([table])
      .map((line) => `<li>${escaped(line)}</li>`)
      .join('\n')}</ul></details>`,
  ].join('\n');
}
