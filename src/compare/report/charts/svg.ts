/**
 * Units of every drawing. A phone of 390 px shows a drawing at about its size, so that its text of 12 units is read
 * there; a wider page sets several beside each other.
 */
export const WIDTH = 340;

/** Text for the inside of an element or of a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] ?? character,
  );
}

/** A word for `id` and `href`, whatever the name: `random-503/p=0.3` is `random-503-p-0-3-` and a mark of its own. */
export function anchorOf(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9]+/g, '-');
  return plain === name ? plain : `${plain}-${fingerprint(name)}`;
}

/** Tells apart names that differ in nothing but their punctuation (djb2). */
function fingerprint(name: string): string {
  let hash = 5381;
  for (const character of name) hash = (hash * 33 + (character.codePointAt(0) ?? 0)) % 2 ** 32;
  return hash.toString(36);
}

export interface Figure {
  /** Unique on the page, and fit for an attribute: see {@link anchorOf}. */
  readonly id: string;
  readonly title: string;
  /** What the drawing shows, in a sentence made of its figures. */
  readonly says: string;
  /** All of its figures, for those who do not see it. */
  readonly words: string;
  readonly height: number;
  readonly body: readonly string[];
}

/** A `figure`: what it shows in words, then the drawing, which describes itself to a screen reader. */
export function figure({ id, title, says, words, height, body }: Figure): string {
  return [
    `<figure id="${id}" aria-labelledby="${id}-title">`,
    `<figcaption><strong>${escaped(title)}.</strong> ${escaped(says)}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${round(height)}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<desc id="${id}-desc">${escaped(words)}</desc>`,
    ...body,
    '</svg>',
    '</figure>',
  ].join('\n');
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly className?: string;
}

export function text(x: number, y: number, content: string, { anchor = 'start', className }: TextOptions = {}): string {
  const styled = className === undefined ? '' : ` class="${className}"`;
  const placed = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${round(y)}"${placed}${styled}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${className}"/>`;
}

export function rect(x: number, y: number, width: number, height: number, className: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" class="${className}"/>`;
}

export function path(d: string | null, className: string): string {
  return d === null || d === '' ? '' : `<path d="${d}" class="${className}"/>`;
}

/** Two digits are finer than a screen, and keep the page small. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
