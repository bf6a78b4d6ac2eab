import { expect } from 'vitest';
import { readDocument } from '../docs/documents.ts';

const WRITTEN = readDocument('docs/security.md').text.replaceAll(/\s+/g, ' ');

/** The worst that was seen is what docs/security.md says, number for number. */
export function expectWritten(worst: string): void {
  expect(WRITTEN, 'docs/security.md').toContain(worst);
}
