import { anchorOf } from './charts/svg.ts';

/** Where a family's section is linked from. */
export function sectionId(family: string): string {
  return `family-${anchorOf(family)}`;
}
