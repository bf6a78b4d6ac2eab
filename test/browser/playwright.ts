/*
 * Of playwright-core what the tests use. Its own types need those of the DOM, which a code base for Node has not (`lib`
 * in tsconfig.json), and would be checked as all others are (`skipLibCheck` is off). Hence a name that the compiler
 * does not follow.
 */
const PACKAGE: string = 'playwright-core';

export async function loadPlaywright(): Promise<Playwright> {
  return (await import(PACKAGE)) as Playwright;
}

export interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser>;
  };
}

export interface Browser {
  newContext(options: {
    readonly viewport: { readonly width: number; readonly height: number };
    readonly colorScheme: 'light' | 'dark';
    readonly deviceScaleFactor: number;
  }): Promise<BrowserContext>;
  close(): Promise<void>;
}

export interface BrowserContext {
  newPage(): Promise<Page>;
  newCDPSession(page: Page): Promise<CDPSession>;
  close(): Promise<void>;
}

export interface Page {
  context(): BrowserContext;
  goto(url: string): Promise<unknown>;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  evaluate<R>(inPage: (() => R) | string): Promise<R>;
  emulateMedia(options: { readonly media: 'print'; readonly colorScheme: 'light' | 'dark' }): Promise<void>;
  locator(selector: string): Locator;
  screenshot(): Promise<Buffer>;
}

export interface Locator {
  first(): Locator;
  all(): Promise<Locator[]>;
  count(): Promise<number>;
  boundingBox(): Promise<{ readonly width: number; readonly height: number } | null>;
  screenshot(): Promise<Buffer>;
}

export interface CDPSession {
  send(method: 'Accessibility.getFullAXTree'): Promise<{ readonly nodes: readonly AXNode[] }>;
}

export interface AXNode {
  readonly ignored: boolean;
  readonly role?: { readonly value?: unknown };
  readonly name?: { readonly value?: unknown };
  readonly description?: { readonly value?: unknown };
}
