import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportHtml } from '../../src/compare/report/page.ts';
import { readReport } from '../../src/compare/result/read-report.ts';
import { findChromium } from './find-chromium.ts';
import { openPage, startBrowser } from './open-page.ts';
import type { Browser, Page } from './playwright.ts';

/* `npm run screenshots -- report/report.json`: pictures of a report for the documentation, docs/figures/report-*.png. */

const FIGURES = join(import.meta.dirname, '../../docs/figures');

/** By the beginning of the figure's id; of several the first. */
const DRAWINGS = [
  'attempts',
  'latency-intended',
  'timeline',
  'endings',
  'time-to-fail',
  'hosts',
  'breakdown',
  'cpu',
  'goodput',
  'fidelity',
] as const;

async function main(): Promise<void> {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('Which report? npm run screenshots -- <report.json>');
  const html = reportHtml(readReport(await readFile(file, 'utf8')));
  await mkdir(FIGURES, { recursive: true });
  const browser = await startBrowser(await findChromium(process.env));
  try {
    await pictures(browser, html);
  } finally {
    await browser.close();
  }
}

async function pictures(browser: Browser, html: string): Promise<void> {
  {
    await using opened = await openPage(browser, html, { width: 1280, height: 860, scheme: 'light' });
    await keep('page', await opened.page.screenshot());
  }
  {
    await using opened = await openPage(browser, html, { width: 390, height: 844, scheme: 'dark' });
    await opened.page.evaluate("document.querySelector('figure')?.scrollIntoView()");
    await keep('phone', await opened.page.screenshot());
  }
  await using opened = await openPage(browser, html, { width: 820, height: 900, scheme: 'light', scale: 1.5 });
  for (const kind of DRAWINGS) await drawing(opened.page, kind);
}

async function drawing(page: Page, kind: string): Promise<void> {
  const figure = page.locator(`figure[id^="${kind}"]`).first();
  if ((await figure.count()) === 0) console.log(`${kind}: not in this report`);
  else await keep(kind, await figure.screenshot());
}

async function keep(name: string, picture: Buffer): Promise<void> {
  const path = join(FIGURES, `report-${name}.png`);
  await writeFile(path, picture);
  console.log(`${path}: ${Math.round(picture.length / 1024)} KiB`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
