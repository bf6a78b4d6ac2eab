import type { Page } from './playwright.ts';

export interface DrawnText {
  readonly content: string;
  /** The figure that it stands in; `''` outside. */
  readonly figure: string;
  /** Pixels on the screen, drawings as they are scaled. */
  readonly size: number;
  readonly box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
  /** Of the drawing, for texts within one. */
  readonly around: DrawnText['box'] | undefined;
}

/*
 * The functions below run in the page, whose types this code base does not know (it is built for Node): what they use
 * of the DOM is described here.
 */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly width: number;
}
interface PageElement {
  readonly id: string;
  readonly textContent: string | null;
  readonly ownerSVGElement?: PageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  closest(selector: string): PageElement | null;
  getBoundingClientRect(): Box;
  getScreenCTM?(): { readonly a: number; readonly b: number };
}
interface PageWindow {
  readonly document: { querySelectorAll(selector: string): Iterable<PageElement> };
  getComputedStyle(element: PageElement): { readonly fontSize: string };
}

/** Every text that is shown, with its place and its size. */
export async function drawnTexts(page: Page): Promise<DrawnText[]> {
  return await page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as PageWindow;
    const placed = ({ left, top, right, bottom }: Box) => ({ left, top, right, bottom });
    return [...document.querySelectorAll('body *')].flatMap((element) => {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== '');
      const box = element.getBoundingClientRect();
      if (!own || box.width === 0 || element.closest('title, desc, style') !== null) return [];
      const drawing = element.ownerSVGElement ?? undefined;
      // Turned texts have their scale in `b`.
      const matrix = drawing === undefined ? undefined : element.getScreenCTM?.();
      const scale = matrix === undefined ? 1 : Math.hypot(matrix.a, matrix.b);
      return [
        {
          content: element.textContent ?? '',
          figure: element.closest('figure')?.id ?? '',
          size: Number.parseFloat(getComputedStyle(element).fontSize) * scale,
          box: placed(box),
          around: drawing === undefined ? undefined : placed(drawing.getBoundingClientRect()),
        },
      ];
    });
  });
}
