import { attemptsChart } from './charts/attempts-chart.ts';
import { latencyChart } from './charts/latency-chart.ts';
import { escaped } from './charts/svg.ts';
import { timeToFailChart } from './charts/time-to-fail-chart.ts';
import { timelineChart } from './charts/timeline-chart.ts';
import { count, policyLine, time } from './format.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Check, Environment, Report, ReportedScenario } from './report.ts';
import { LEGEND, tableOf } from './table.ts';
import { checkLine } from './terminal.ts';

/** One page that needs nothing else: no script, no font, no network. A function of the report alone. */
export function reportHtml(report: Report): string {
  const failed = report.checks.filter(({ passed }) => !passed);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>meshwise: process and sidecar compared</title>',
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    '<h1>Process and sidecar compared</h1>',
    '<p>The same policy in front of the same misbehaving upstreams, executed by different layers. Load, sidecar and upstream are processes of their own; the load is an open loop; what fails is drawn from the seed, so that every arm meets the same faults. The sidecar is a real Envoy on the client’s side only, configured by meshwise’s own export.</p>',
    checksSummary(report.checks, failed),
    armsList(report),
    ...report.scenarios.map((scenario) => section(report, scenario)),
    environmentSection(report.environment),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function checksSummary(checks: readonly Check[], failed: readonly Check[]): string {
  if (checks.length === 0) return '';
  return failed.length === 0
    ? `<p class="verdict">All ${count(checks.length)} checks passed.</p>`
    : `<p class="verdict failed">${count(failed.length)} of ${count(checks.length)} checks failed.</p>`;
}

function armsList({ arms, leftOut }: Report): string {
  const items = arms.map(
    ({ name, what }) => `<dt><span class="key fill-${name}"></span>${name}</dt><dd>${escaped(what)}</dd>`,
  );
  const missing = leftOut.map(({ arm, why }) => `<dt>${arm}</dt><dd>left out: ${escaped(why)}</dd>`);
  return `<h2>Arms</h2>\n<dl>${[...items, ...missing].join('\n')}</dl>`;
}

function section(report: Report, scenario: ReportedScenario): string {
  const findings = report.findings.filter((finding) => finding.scenario === scenario.name);
  const checks = report.checks.filter((check) => check.scenario === scenario.name);
  return [
    `<section id="${scenario.name}">`,
    `<h2>${escaped(scenario.title)}</h2>`,
    `<p>${escaped(scenario.shows)}</p>`,
    ...findings.map(({ text }) => `<p class="finding">${escaped(text)}</p>`),
    `<div class="charts">${chartsOf(report, scenario).join('\n')}</div>`,
    htmlTable(report, scenario),
    checks.length === 0
      ? ''
      : `<details><summary>${count(checks.length)} checks</summary><ul>${checks.map(checkItem).join('\n')}</ul></details>`,
    `<details><summary>Policy and load</summary><p><code>${escaped(policyLine(scenario.policy))}</code></p><p>The policy is scaled down so that a short run shows what it does. ${count(scenario.rate)} calls per second, ${scenario.arrivals} arrivals, ${scenario.runs === 1 ? 'one run' : `${scenario.runs} runs`} per arm.</p></details>`,
    '</section>',
  ].join('\n');
}

function chartsOf(report: Report, scenario: ReportedScenario): string[] {
  switch (scenario.fault.kind) {
    case 'none':
      return [latencyChart(report, scenario)];
    case 'random-status':
      return [attemptsChart(report, scenario), latencyChart(report, scenario)];
    case 'black-hole':
      return [timeToFailChart(report, scenario), attemptsChart(report, scenario)];
    case 'outage':
      return [timelineChart(report, scenario)];
  }
}

function checkItem(check: Check): string {
  const { passed } = check;
  return `<li class="${passed ? 'passed' : 'failed'}">${passed ? 'ok' : 'failed'}: ${escaped(checkLine(check))}</li>`;
}

function htmlTable(report: Report, scenario: ReportedScenario): string {
  const { columns, rows } = tableOf(report, scenario);
  const head = columns.map(({ title, align }) => `<th scope="col" class="${align}">${escaped(title)}</th>`).join('');
  const body = rows.map((row) => {
    const [arm = '', ...values] = row;
    const cells = values.map((value, index) => `<td class="${columns[index + 1]?.align}">${escaped(value)}</td>`);
    return `<tr><th scope="row">${escaped(arm)}</th>${cells.join('')}</tr>`;
  });
  return [
    `<div class="table" tabindex="0" role="region" aria-label="Figures: ${escaped(scenario.title)}">`,
    `<table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
    `<p class="legend">${escaped(LEGEND.join(' '))}</p>`,
    '</div>',
  ].join('\n');
}

function environmentSection(environment: Environment): string {
  const { cpu, cores, platform, node, envoy, meshwise, seed, startedAt, elapsed, loadAverage } = environment;
  const facts: [string, string][] = [
    ['machine', `${cpu}, ${cores} cores, ${platform}`],
    ['load average before', loadAverage.map((value) => value.toFixed(2)).join(', ')],
    ['Node', node],
    ['Envoy', envoy ?? 'none'],
    ['meshwise', meshwise],
    ['seed', String(seed)],
    ['loop', 'open: calls are made at their intended starts, whether or not earlier ones have ended'],
    ['run', `${startedAt}, ${time(elapsed)}`],
  ];
  const items = facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`);
  return `<h2>Environment</h2>\n<dl>${items.join('\n')}</dl>`;
}
