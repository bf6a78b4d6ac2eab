import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, loadPlaywright, type Page } from './playwright.ts';

export interface View {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  /** Pixels of the picture per pixel of the page. Default 1. */
  readonly scale?: number;
}

/** @throws Error that says why this browser does not start. */
export async function startBrowser(path: string): Promise<Browser> {
  const { chromium } = await loadPlaywright();
  // The page is our own, and containers seldom allow a sandbox.
  return await chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What the page complained about or asked for: errors, warnings, requests beyond its own file. */
  readonly complaints: string[];
}

/** The markup as the file that a user opens. */
export async function openPage(browser: Browser, html: string, view: View): Promise<OpenPage> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-page-'));
  const file = join(directory, 'report.html');
  await writeFile(file, html);
  const { width, height, scheme, scale = 1 } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    deviceScaleFactor: scale,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const url = pathToFileURL(file).href;
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
