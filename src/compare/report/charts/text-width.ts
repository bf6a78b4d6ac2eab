/**
 * How wide a text is at most, in units: nobody measures fonts here, and a label must not run into the next. DejaVu
 * Sans, the widest of the common system fonts, has 0.6 of its size on average for words and figures.
 */
export function textWidth(text: string, size = 12): number {
  let width = 0;
  for (const character of text) width += shareOf(character) * size;
  return width;
}

const NARROW = new Set(" .,:;'|!()[]-iIjlt/–");
const WIDE = new Set('mMwW%@—+−×=<>~±');
/** Beyond Latin letters and punctuation anything may be as wide as it is high, or twice that. */
const BEYOND = 0x2027;

function shareOf(character: string): number {
  if (NARROW.has(character)) return 0.38;
  if (WIDE.has(character)) return 0.95;
  return (character.codePointAt(0) ?? 0) > BEYOND ? 1.05 : 0.635;
}

/** As much of a text as fits, with an ellipsis where something is lost. */
export function fitted(text: string, width: number, size = 12): string {
  if (textWidth(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
