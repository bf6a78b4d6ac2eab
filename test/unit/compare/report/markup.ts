/* Looks into the page's markup: what a drawing has of which kind, and where. */

/** Elements of HTML that have no end tag. */
const VOID = new Set(['meta', 'br', 'hr', 'img', 'input', 'link']);

/** The open elements that are left, or the first tag that closes what is not open. */
export function unbalanced(page: string): string[] {
  const open: string[] = [];
  for (const [tag, close, name = '', selfClosed] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return [tag];
    } else if (selfClosed !== '/' && !VOID.has(name)) open.push(name);
  }
  return open;
}

export type Attributes = Readonly<Record<string, string>>;

/** The elements with this class, each as its attributes. */
export function marks(markup: string, className: string): Attributes[] {
  return elements(markup).filter((attributes) => attributes['class']?.split(' ').includes(className) === true);
}

/** A number that stands in an attribute. */
export function numberOf(attributes: Attributes, name: string): number {
  const value = Number(attributes[name]);
  if (attributes[name] === undefined || Number.isNaN(value)) throw new Error(`no number ${name}: ${attributes[name]}`);
  return value;
}

/** The texts with this class, in order. */
export function texts(markup: string, className: string): string[] {
  return [...markup.matchAll(/<text\b([^>]*)>([^<]*)<\/text>/g)]
    .filter(([, attributes = '']) => attributesOf(attributes)['class']?.split(' ').includes(className) === true)
    .map(([, , content = '']) => content);
}

/** The figure that begins with this id. */
export function figureNamed(page: string, id: string): string {
  const figure = figures(page).find((one) => one.startsWith(`<figure id="${id}"`));
  if (figure === undefined) throw new Error(`no figure ${id}`);
  return figure;
}

export function figures(page: string): string[] {
  return page.match(/<figure\b[\s\S]*?<\/figure>/g) ?? [];
}

function elements(markup: string): Attributes[] {
  return [...markup.matchAll(/<[a-z]+\b([^>]*?)\/?>/g)].map(([, attributes = '']) => attributesOf(attributes));
}

function attributesOf(written: string): Attributes {
  return Object.fromEntries(
    [...written.matchAll(/([a-zA-Z0-9-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
}
