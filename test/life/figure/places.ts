export const DOCUMENT = new URL('../../../docs/ownership-life.md', import.meta.url);
/** Holds the numbers that both of them were made from. */
export const FIGURE = new URL('../../../docs/figures/rule-life.svg', import.meta.url);
