import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../../src/compare/report-html.ts';
import { LEGEND } from '../../../src/compare/table.ts';
import { renderReport } from '../../../src/compare/terminal.ts';
import { CELLS, reportOf } from './report-fixture.ts';

const report = reportOf(CELLS);
const html = reportHtml(report);

/** Elements of HTML that have no end tag. */
const VOID = new Set(['meta', 'br', 'hr', 'img', 'input', 'link']);

/** The open elements that are left, or the first tag that closes what is not open. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  for (const [tag, close, name = '', selfClosed] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return [tag];
    } else if (selfClosed !== '/' && !VOID.has(name)) open.push(name);
  }
  return open;
}

describe('report.html', () => {
  it('is a function of the report that is read back from its file', () => {
    expect(reportHtml(JSON.parse(JSON.stringify(report)))).toBe(html);
  });

  it('looks as it did', async () => {
    await expect(html).toMatchFileSnapshot('fixtures/report.html');
  });

  it('is well formed', () => {
    expect(unbalanced(html)).toEqual([]);
    expect(unbalanced('<p><b></p>')).not.toEqual([]);
    expect(html).not.toMatch(/undefined|NaN|\[object/);
  });

  it('needs nothing else: no script, no file, no network', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bhref=|https?:|\bon[a-z]+=/i);
  });

  it('has a chart with title and description in every section, and the table', () => {
    const sections = html.split('<section').slice(1);
    expect(sections.length).toBe(report.scenarios.length);
    for (const section of sections) {
      expect(section).toMatch(/<svg [^>]*role="img"[^>]*>\s*<title[^>]*>.+<\/title>\s*<desc[^>]*>.+<\/desc>/);
      expect(section).toContain('<table>');
      expect(section).toContain('class="finding"');
    }
  });

  it('has no id twice', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('escapes what it quotes', () => {
    expect(html).toContain('A &lt;fast&gt; &amp; small CPU');
    expect(html).not.toContain('<fast>');
  });

  it('says what failed and what was left out', () => {
    expect(html).toContain('All 9 checks passed.');
    const [first, ...rest] = report.checks;
    if (first === undefined) throw new Error('the fixture has checks');
    const other = reportHtml({
      ...report,
      checks: [{ ...first, passed: false }, ...rest],
      leftOut: [{ arm: 'auto', why: 'no Envoy' }],
    });
    expect(other).toContain('1 of 9 checks failed.');
    expect(other).toContain('left out: no Envoy');
  });
});

describe('the tables of the terminal', () => {
  it('are plain without colour', () => {
    const plain = renderReport(report, false);
    expect(plain).not.toContain('\u001b');
    expect(plain).toMatchSnapshot();
  });

  it('say the same in colour', () => {
    const colored = renderReport(report, true);
    expect(colored).toContain('\u001b[');
    expect(stripVTControlCharacters(colored)).toBe(renderReport(report, false));
  });

  it('keep their columns in line', () => {
    const lines = renderReport(report, false).split('\n');
    const head = lines.findIndex((line) => /^ {2}arm /.test(line));
    expect(new Set(lines.slice(head, head + 4).map((line) => line.length)).size).toBe(1);
    expect(LEGEND.length).toBeGreaterThan(0);
  });
});
