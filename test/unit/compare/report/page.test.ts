import { describe, expect, it } from 'vitest';
import { ARM_NAMES, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { reportHtml } from '../../../../src/compare/report/page.ts';
import { familiesOf } from '../../../../src/compare/report/table.ts';
import type { Report } from '../../../../src/compare/result/report.ts';
import type { QuestionName } from '../../../../src/compare/scenario/scenario.ts';
import { CELLS, cell, latency, reportOf, SCENARIOS, STEADY, scenario } from '../result/report-fixture.ts';
import { EVERY_QUESTION } from './every-question.ts';
import { figures, unbalanced } from './markup.ts';

const report = reportOf();
const html = reportHtml(report);
const everything = reportHtml(EVERY_QUESTION);

const check = {
  scenario: STEADY.name,
  arm: 'bare',
  round: 2,
  passed: true,
  claim: 'what is claimed',
  found: 'what was found',
} as const;

/** A report that no judgement's words get into. */
const plain: Report = {
  ...report,
  checks: [check],
  findings: [
    { scenario: STEADY.name, question: 'cost', id: 'cost/client-cpu: process ~ bare', text: 'No difference seen.' },
    { scenario: STEADY.name, question: 'cost', id: 'cost/client-cpu: sidecar > bare', text: 'The sidecar needs more.' },
  ],
  withheld: [{ scenario: STEADY.name, question: 'latency', why: 'the machine was busy' }],
};

describe('report.html', () => {
  it('is a function of the report that is read back from its file', () => {
    expect(reportHtml(JSON.parse(JSON.stringify(report)))).toBe(html);
  });

  it('looks as it did', async () => {
    await expect(reportHtml(plain)).toMatchFileSnapshot('fixtures/report.html');
  });

  it.each([
    ['of some scenarios', html],
    ['of every question', everything],
  ])('is well formed, %s', (_, page) => {
    expect(unbalanced(page)).toEqual([]);
    expect(unbalanced('<p><b></p>')).not.toEqual([]);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  it('needs nothing else: no script, no file, no network', () => {
    expect(everything).not.toMatch(
      /<script|<link|<img|<iframe|<object|<embed|<form|@import|\bsrc=|https?:|\son[a-z]+=/i,
    );
    for (const [, target] of everything.matchAll(/(?:href="|url\()([^")]*)/g)) expect(target).toMatch(/^#/);
  });

  it('has no id twice, and all that it points to', () => {
    const ids = [...everything.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [
      ...everything.matchAll(/(?:href="#|url\(#)([^")]+)/g),
      ...everything.matchAll(/aria-(?:labelledby|describedby)="([^"]+)"/g),
    ].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(50);
    for (const target of targets) expect(ids).toContain(target);
  });

  it('has a section with table and drawing per family, and one list of contents that leads to all', () => {
    for (const page of [html, everything]) {
      const sections = page.split('<section id="family-').slice(1);
      expect(sections.length).toBe(familiesOf(page === html ? report : EVERY_QUESTION).length);
      for (const section of sections) {
        expect(section).toContain('<figure ');
        expect(section).toContain('<table>');
      }
      const nav = /<nav aria-label="Contents">[\s\S]*?<\/nav>/.exec(page)?.[0] ?? '';
      for (const [, id] of page.matchAll(/<section id="([^"]+)"/g)) expect(nav).toContain(`href="#${id}"`);
    }
  });

  it('goes from heading to heading without a gap', () => {
    const levels = [...everything.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1).length).toBe(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  });
});

describe('what the page says first', () => {
  const page = reportHtml(plain);

  it('is a difference, where there is one', () => {
    const short = /<h2 id="findings">[\s\S]*?<\/ul>/.exec(page)?.[0] ?? '';
    expect(short).toContain('The sidecar needs more.');
    expect(short).not.toContain('No difference seen.');
  });

  it('is a difference in its section too; what does not differ is folded away', () => {
    const section = page.slice(page.indexOf('<section id="family-'));
    expect(section.indexOf('The sidecar needs more.')).toBeLessThan(section.indexOf('<details>'));
    expect(section).toContain('1 more finding, 1 of them “no difference seen”');
    expect(section.indexOf('No difference seen.')).toBeGreaterThan(section.indexOf('<details>'));
  });

  it('is the verdict of the checks', () => {
    expect(page).toContain('<p class="verdict">The one check passed.</p>');
    expect(reportHtml({ ...plain, checks: [check, check] })).toContain('<p class="verdict">All 2 checks passed.</p>');
    const failed = reportHtml({ ...plain, checks: [check, { ...check, passed: false, claim: 'a bold claim' }] });
    expect(failed).toContain('1 of 2 checks failed.');
    expect(failed.indexOf('a bold claim')).toBeLessThan(failed.indexOf('<nav'));
    const many = reportHtml({ ...plain, checks: Array.from({ length: 30 }, () => ({ ...check, passed: false })) });
    expect(many.slice(0, many.indexOf('<nav')).match(/<li class="failed">/g)?.length).toBe(10);
    expect(many.match(/<li class="failed">/g)?.length).toBe(10 + 30);
    expect(reportHtml({ ...plain, checks: [] })).toContain('Nothing was checked.');
    expect(page).not.toContain('cells were refused');
    const late = { ...plain, cells: CELLS.map((one) => (one.arm === 'both' ? { ...one, slip: latency(60) } : one)) };
    expect(reportHtml(late)).toContain(`<p>2 of ${CELLS.length} cells were refused: the generator could not keep up.`);
    expect(page).not.toContain('run once more');
    const again = { ...plain, cells: CELLS.map((one, index) => (index === 0 ? { ...one, repeated: 'busy' } : one)) };
    expect(reportHtml(again)).toContain(`<p>1 of ${CELLS.length} cells was run once more: the machine had disturbed`);
    expect(reportHtml({ ...plain, findings: [] })).toContain('Nothing was found that differs');
  });

  it('is followed by who was left out, and by what is not said and why', () => {
    const other = reportHtml({ ...plain, leftOut: [{ arm: 'mesh', why: 'no Envoy' }] });
    expect(other).toContain('<dt>mesh</dt><dd>left out: no Envoy</dd>');
    expect(page).toContain('Findings on latency were withheld');
    expect(page).toMatch(/<section id="withheld">[\s\S]*the machine was busy/);
    const small = {
      ...plain,
      withheld: [],
      leftOutScenarios: [{ family: 'saturation', title: 'Saturation', why: 'few cores' }],
    };
    expect(reportHtml(small)).toContain('<li>Saturation (saturation), not run: few cores</li>');
    expect(reportHtml(small)).not.toContain('No finding was withheld.');
    expect(reportHtml({ ...small, leftOutScenarios: [] })).toContain('No finding was withheld.');
  });
});

describe('a hostile report', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
  const hostile = scenario(`evil/${evil}`, {
    family: evil,
    title: evil,
    shows: evil,
    variant: { [evil]: evil },
    questions: ['endings', 'attempts', 'latency', 'cost', 'recovery'],
    arms: [evil as ArmName],
  });
  const page = reportHtml({
    ...report,
    environment: {
      ...report.environment,
      cpu: evil,
      node: evil,
      envoy: evil,
      meshwise: evil,
      platform: evil,
      startedAt: evil,
    },
    arms: [{ name: evil as ArmName, what: evil }],
    leftOut: [{ arm: evil as ArmName, why: evil }],
    leftOutScenarios: [{ family: evil, title: evil, why: evil }],
    scenarios: [hostile],
    cells: [cell(hostile.name, evil as ArmName, { good: 1, outcomes: { [evil]: 999, '200': 1 } })],
    checks: [{ scenario: hostile.name, arm: evil as ArmName, round: 1, passed: false, claim: evil, found: evil }],
    findings: [{ scenario: hostile.name, question: 'cost', id: evil, text: evil }],
    withheld: [{ scenario: hostile.name, question: evil as QuestionName, why: evil }],
  });

  it('gets no markup of its own into the page', () => {
    expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
    expect(page).toContain('&quot;&gt;&lt;script&gt;');
    expect(unbalanced(page)).toEqual([]);
    expect(figures(page).length).toBeGreaterThan(4);
  });

  it('is drawn although its policies are none', () => {
    const policy = { upstream: '/', retry: { limit: -1 } };
    const other = scenario('other', { policy, questions: ['attempts'] });
    const drawn = reportHtml({
      ...report,
      scenarios: [other],
      cells: [cell('other', 'bare')],
      findings: [],
      checks: [],
    });
    expect(drawn).toContain('Attempts per call');
    expect(drawn).not.toContain('<figure id="fidelity"');
  });
});

describe('a page of few or many', () => {
  it('has no sections when nothing ran', () => {
    const page = reportHtml(reportOf([]));
    expect(unbalanced(page)).toEqual([]);
    expect(page).not.toContain('<figure');
  });

  it('shows sixteen arms', () => {
    const cells = ARM_NAMES.map((arm) => cell(STEADY.name, arm));
    const page = reportHtml(reportOf(cells, SCENARIOS));
    for (const arm of ARM_NAMES) expect(page).toContain(`</svg>${arm}</dt>`);
    expect(CELLS.length).toBeGreaterThan(0);
  });
});
