import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARM_NAMES } from '../../src/compare/arms/arm.ts';
import { reportHtml } from '../../src/compare/report/page.ts';
import { DARK, LIGHT } from '../../src/compare/report/palette.ts';
import { EVERY_CELL, EVERY_QUESTION, EVERY_SCENARIO } from '../unit/compare/report/every-question.ts';
import { figures } from '../unit/compare/report/markup.ts';
import { reportOf } from '../unit/compare/result/report-fixture.ts';
import { type DrawnText, drawnTexts } from './drawn-texts.ts';
import { openPage, startBrowser, type View } from './open-page.ts';
import type { Browser, Page } from './playwright.ts';

const PAGES: readonly (readonly [name: string, html: string])[] = [
  ['a short report', reportHtml(reportOf())],
  ['a report of every question', reportHtml(EVERY_QUESTION)],
];

const VIEWS: readonly View[] = [390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, height: 900, scheme })),
);

const CASES = PAGES.flatMap(([name, html]) => VIEWS.map((view) => ({ name, html, view, ...view })));

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser(process.env['MESHWISE_BROWSER'] ?? '');
});
afterAll(async () => {
  await browser.close();
});

describe.each(CASES)('$name at $width px, $scheme', ({ html, view }) => {
  it('opens without a complaint, is no wider than the screen, and all of it can be read', async () => {
    await using opened = await openPage(browser, html, view);
    const { page, complaints } = opened;
    expect(complaints).toEqual([]);
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(view.width);

    const texts = await drawnTexts(page);
    expect(texts.filter(({ figure }) => figure !== '').length).toBeGreaterThan(100);
    const least = Math.min(...texts.map(({ size }) => size));
    expect(least).toBeGreaterThanOrEqual(12);
    expect(overlapping(texts)).toEqual([]);
    expect(outside(texts)).toEqual([]);
  });

  it('paints what it draws', async () => {
    await using opened = await openPage(browser, html, view);
    const { page } = opened;
    const drawn = figures(html);
    expect(await countOf(page, 'figure')).toBe(drawn.length);
    expect(await page.evaluate(EMPTY_FIGURES)).toEqual([]);
    // A colour that does not resolve is black, in either scheme.
    const fills = await page.evaluate(FILLS);
    expect(fills).not.toContain('rgb(0, 0, 0)');
    const palette = view.scheme === 'light' ? LIGHT : DARK;
    expect(fills).toContain(rgb(palette.arms.process));
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(rgb(palette.page));
  });
});

describe('the marks', () => {
  it('are those that the data demand', async () => {
    await using opened = await openPage(browser, reportHtml(EVERY_QUESTION), {
      width: 1280,
      height: 900,
      scheme: 'light',
    });
    const { page } = opened;
    const rows = (family: string): number =>
      EVERY_SCENARIO.filter((one) => one.family === family).reduce((sum, { arms }) => sum + arms.length, 0);
    const segments = new Set(
      EVERY_CELL.filter(({ scenario }) => scenario === 'cost').flatMap(({ arm, usage }) =>
        usage.map(({ process }) => `${arm} ${process}`),
      ),
    );
    expect(await visible(page, '[id^=attempts-closed-form] .bar')).toBe(rows('closed-form'));
    expect(await visible(page, '#cpu-cost .bar')).toBe(segments.size);
    expect(await visible(page, '#latency-intended-latency .curve')).toBe(ARM_NAMES.length + 2);
    expect(await visible(page, '#timeline-recovery .window')).toBe(2);
    expect(await visible(page, '#timeline-recovery svg > .good')).toBe(rows('recovery') + 1);
    expect(await visible(page, '#goodput-saturation .curve')).toBe(4);
  });
});

describe('to a screen reader', () => {
  it('every drawing has a name, a description and a caption, and every table a name', async () => {
    const [, [, html]] = PAGES as [unknown, readonly [string, string]];
    await using opened = await openPage(browser, html, { width: 1280, height: 900, scheme: 'light' });
    const session = await opened.page.context().newCDPSession(opened.page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const named = (...roles: readonly string[]) =>
      nodes
        .filter(({ ignored, role }) => !ignored && roles.includes(String(role?.value)))
        .map(({ name, description }) => ({ name: name?.value, description: description?.value }));
    const drawings = named('image', 'img');
    expect(drawings.length).toBe(figures(html).length);
    for (const { name, description } of drawings) {
      expect(name).toMatch(/\S/);
      expect(description).toMatch(/\S/);
    }
    const around = named('figure');
    expect(around.length).toBe(drawings.length);
    for (const { name } of around) expect(name).toMatch(/\S/);
    for (const { name } of named('region')) expect(name).toMatch(/\S/);
    expect(named('navigation')).toMatchObject([{ name: 'Contents' }]);
  });
});

describe('on paper', () => {
  it('it is light, and nothing is folded away', async () => {
    const [[, html]] = PAGES as [readonly [string, string]];
    await using opened = await openPage(browser, html, { width: 800, height: 900, scheme: 'dark' });
    await opened.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await opened.page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(rgb(LIGHT.page));
    expect(await visible(opened.page, 'details > ul')).toBe(await countOf(opened.page, 'details > ul'));
    expect(await visible(opened.page, 'details > ul')).toBeGreaterThan(0);
  });
});

const EMPTY_FIGURES = `[...document.querySelectorAll('figure')]
  .filter((figure) => ![...figure.querySelectorAll('svg path, svg rect, svg circle')].some((mark) => mark.getBoundingClientRect().width > 0))
  .map((figure) => figure.id)`;

const FILLS = `[...new Set([...document.querySelectorAll('figure .bar, figure .sign, figure text, figure .verdict')]
  .map((mark) => getComputedStyle(mark).fill))]`;

async function countOf(page: Page, selector: string): Promise<number> {
  return await page.locator(selector).count();
}

/** How many of them take room on the page. */
async function visible(page: Page, selector: string): Promise<number> {
  const boxes = await Promise.all((await page.locator(selector).all()).map((one) => one.boundingBox()));
  return boxes.filter((box) => box !== null && (box.width > 0 || box.height > 0)).length;
}

function rgb(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Boxes are as high as a line, letters are not. */
const SLACK = 3;

function overlapping(texts: readonly DrawnText[]): string[] {
  return [
    ...Map.groupBy(
      texts.filter(({ around }) => around !== undefined),
      ({ figure }) => figure,
    ),
  ].flatMap(([figure, drawn]) =>
    drawn.flatMap((one, index) =>
      drawn
        .slice(index + 1)
        .filter(
          ({ box }) =>
            box.left < one.box.right - 0.5 &&
            one.box.left < box.right - 0.5 &&
            box.top < one.box.bottom - SLACK &&
            one.box.top < box.bottom - SLACK,
        )
        .map((other) => `${figure}: “${one.content}” and “${other.content}”`),
    ),
  );
}

function outside(texts: readonly DrawnText[]): string[] {
  return texts.flatMap(({ content, figure, box, around }) =>
    around === undefined ||
    (box.left >= around.left - 1 &&
      box.right <= around.right + 1 &&
      box.top >= around.top - 1 &&
      box.bottom <= around.bottom + 1)
      ? []
      : [`${figure}: “${content}”`],
  );
}
