/** A drawing of 420 units: a phone shows it at its size, a wide page two beside each other. */
export const WIDTH = 420;

/** Text for the inside of an element or of a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] ?? character,
  );
}

export interface Drawing {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** The figures in words: stands below the drawing, and is its description for those who do not see it. */
  readonly words: string;
  readonly height: number;
  readonly body: string;
}

/** A `figure`: title, drawing, and the same in words. */
export function drawing({ id, title, words, height, body }: Drawing): string {
  return [
    '<figure>',
    `<figcaption aria-hidden="true">${escaped(title)}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<desc id="${id}-desc">${escaped(words)}</desc>`,
    body,
    '</svg>',
    `<p class="words" aria-hidden="true">${escaped(words)}.</p>`,
    '</figure>',
  ].join('\n');
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly className?: string;
}

export function text(x: number, y: number, content: string, { anchor = 'start', className }: TextOptions = {}): string {
  const styled = className === undefined ? '' : ` class="${className}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${styled}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${className}"/>`;
}

export function rect(x: number, y: number, width: number, height: number, className: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" class="${className}"/>`;
}

export function circle(x: number, y: number, radius: number, className: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" class="${className}"/>`;
}

export function path(d: string | null, className: string): string {
  return d === null ? '' : `<path d="${d}" class="${className}"/>`;
}

/** Two digits are finer than a screen, and keep the page small. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
