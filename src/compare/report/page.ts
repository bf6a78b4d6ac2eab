import { count, waitingTime } from '../format.ts';
import { isNoDifference } from '../result/finding-id.ts';
import type { Check, Report } from '../result/report.ts';
import { refusedWords, repeatedWords } from '../result/trust.ts';
import { armSign } from './charts/arm-mark.ts';
import { fidelityChart } from './charts/fidelity-chart.ts';
import { PATTERNS } from './charts/segment-mark.ts';
import { escaped } from './charts/svg.ts';
import { familySection } from './family-section.ts';
import { fidelityTable } from './fidelity-table.ts';
import { PAGE_STYLE } from './page-style.ts';
import { fidelityMatrix } from './policy-fidelity.ts';
import { sectionId } from './section-id.ts';
import { familiesOf } from './table.ts';

/** One page that needs nothing else: no script, no font, no network. A function of the report alone. */
export function reportHtml(report: Report): string {
  const families = familiesOf(report);
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
    PATTERNS,
    '<main>',
    '<h1>Process and sidecar compared</h1>',
    summary(report, families),
    contents(report, families),
    armsSection(report),
    ...families.map((family) => familySection(report, family)),
    fidelitySection(report),
    withheldSection(report),
    environmentSection(report),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function summary(report: Report, families: readonly string[]): string {
  const { arms, scenarios, cells, environment } = report;
  const rounds = Math.max(0, ...scenarios.map((scenario) => scenario.rounds));
  const { cores, cpu, envoy, node } = environment;
  return [
    '<p>The same policy in front of the same misbehaving upstreams, executed by different layers. Load, sidecar and upstream are processes of their own; the load is an open loop; what fails is drawn from the seed, so that every arm meets the same faults.</p>',
    `<p>The ${environment.profile} profile ran ${count(scenarios.length)} experiments with ${count(arms.length)} arms in ${count(cells.length)} cells, ${rounds <= 1 ? 'one round each' : `up to ${count(rounds)} rounds`}, in ${waitingTime(environment.elapsed)}, on ${escaped(cpu)} with ${count(cores)} cores: Node ${escaped(node)}, ${envoy === null ? 'no Envoy' : `Envoy ${escaped(envoy)}`}. Figures are of this machine; what carries over is which is more, and how many times.</p>`,
    checksSummary(report.checks),
    ...disturbedSummary(report),
    headlines(report, families),
  ].join('\n');
}

function checksSummary(checks: readonly Check[]): string {
  if (checks.length === 0) return '<p>Nothing was checked.</p>';
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length === 0) {
    return `<p class="verdict">${checks.length === 1 ? 'The one check' : `All ${count(checks.length)} checks`} passed.</p>`;
  }
  return [
    `<p class="verdict failed">${count(failed.length)} of ${count(checks.length)} checks failed.</p>`,
    `<ul>${failed.slice(0, MOST_FAILED).map(failedItem).join('\n')}</ul>`,
    ...(failed.length > MOST_FAILED ? ['<p>The others stand with their scenarios.</p>'] : []),
  ].join('\n');
}

/** Of the refused nothing was asked; of the repeated the second run. */
function disturbedSummary({ cells }: Report): string[] {
  const refused = refusedWords(cells);
  const repeated = repeatedWords(cells);
  return [
    ...(refused === undefined ? [] : [`<p>${refused}. <a href="#withheld">Which they are</a>.</p>`]),
    ...(repeated === undefined ? [] : [`<p>${repeated}.</p>`]),
  ];
}

/** A broken run fails everywhere; the first tell why. */
const MOST_FAILED = 10;

function failedItem({ scenario, arm, round, claim, found }: Check): string {
  return `<li class="failed">${escaped(`${scenario}, ${arm}, round ${round}: ${claim}: ${found}`)}</li>`;
}

/** Of each family what it finds first, a difference if there is one. */
function headlines({ findings, scenarios }: Report, families: readonly string[]): string {
  const items = families.flatMap((family) => {
    const own = scenarios.filter((scenario) => scenario.family === family);
    const found = findings.filter(({ scenario }) => own.some(({ name }) => name === scenario));
    const first = found.find(({ id }) => !isNoDifference(id)) ?? found[0];
    if (first === undefined) return [];
    const title = escaped(own[0]?.title ?? family);
    return [`<li><a href="#${sectionId(family)}">${title}</a>: ${escaped(first.text)}</li>`];
  });
  return items.length === 0
    ? '<p>Nothing was found that differs beyond the spread of the rounds.</p>'
    : `<h2 id="findings">In short</h2>\n<ul>${items.join('\n')}</ul>`;
}

function contents(report: Report, families: readonly string[]): string {
  const links = [
    ['arms', 'Arms'],
    ...families.map((family) => [
      sectionId(family),
      report.scenarios.find((scenario) => scenario.family === family)?.title ?? family,
    ]),
    ['policy-fidelity', 'Who can execute what'],
    ['withheld', 'Not found, and why'],
    ['environment', 'Environment'],
  ];
  const items = links.map(([id, title]) => `<li><a href="#${id}">${escaped(title ?? '')}</a></li>`);
  return `<nav aria-label="Contents"><ul>${items.join('\n')}</ul></nav>`;
}

function armsSection({ arms, leftOut }: Report): string {
  const items = arms.map(
    ({ name, what }) =>
      `<dt><svg class="key" viewBox="-7 -7 14 14" aria-hidden="true">${armSign(name, 0, 0)}</svg>${escaped(name)}</dt><dd>${escaped(what)}</dd>`,
  );
  const missing = leftOut.map(({ arm, why }) => `<dt>${escaped(arm)}</dt><dd>left out: ${escaped(why)}</dd>`);
  return `<section id="arms">\n<h2>Arms</h2>\n<p>Who executes the policy. “sidecar” is one Envoy, on the client’s side only; only two sidecars with mutual TLS are a mesh.</p>\n<dl>${[...items, ...missing].join('\n')}</dl>\n</section>`;
}

function fidelitySection({ scenarios }: Report): string {
  const matrix = fidelityMatrix(scenarios.map(({ policy }) => policy));
  return [
    '<section id="policy-fidelity">',
    '<h2>Who can execute what</h2>',
    '<p>What becomes of each field of these policies in what <code>meshwise export</code> writes; where policies differ, the worst that becomes of it.</p>',
    `<div class="charts">${fidelityChart(matrix)}</div>`,
    fidelityTable(matrix),
    '</section>',
  ].join('\n');
}

function withheldSection({ withheld, leftOutScenarios = [], scenarios }: Report): string {
  const notRun = leftOutScenarios.map(
    ({ family, title, why }) => `<li>${escaped(title)} (${escaped(family)}), not run: ${escaped(why)}</li>`,
  );
  const notTold = withheld.map(({ scenario, question, why }) => {
    const title = scenarios.find(({ name }) => name === scenario)?.title ?? scenario;
    return `<li>${escaped(title)} (${escaped(scenario)}), ${escaped(question)}: ${escaped(why)}</li>`;
  });
  const items = [...notRun, ...notTold];
  return [
    '<section id="withheld">',
    '<h2>Not found, and why</h2>',
    items.length === 0 ? '<p>No finding was withheld.</p>' : `<ul>${items.join('\n')}</ul>`,
    '</section>',
  ].join('\n');
}

function environmentSection({ environment }: Report): string {
  const { cpu, cores, platform, node, envoy, meshwise, seed, startedAt, elapsed, loadAverage, profile } = environment;
  const facts: [string, string][] = [
    ['machine', `${cpu}, ${cores} cores, ${platform}`],
    ['load average before', loadAverage.map((value) => value.toFixed(2)).join(', ')],
    ['Node', node],
    ['Envoy', envoy ?? 'none'],
    ['meshwise', meshwise],
    ['profile', profile],
    ['seed', String(seed)],
    ['loop', 'open: calls are made at their intended starts, whether or not earlier ones have ended'],
    ['run', `${startedAt}, ${waitingTime(elapsed)}`],
  ];
  const items = facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`);
  return `<section id="environment">\n<h2>Environment</h2>\n<dl>${items.join('\n')}</dl>\n</section>`;
}
