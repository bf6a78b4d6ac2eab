import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeSpans, ROOT, readDocument } from './documents.ts';

const NAMED = codeSpans(readDocument('docs/security.md').text).filter((word) => word.endsWith('.test.ts'));

it('docs/security.md names every attack that is tested, and no test that is not there', () => {
  const attacks = readdirSync(join(ROOT, 'test/attacks')).filter((name) => name.endsWith('.test.ts'));
  expect(NAMED).toEqual(expect.arrayContaining(attacks.map((name) => `test/attacks/${name}`)));
  expect(NAMED.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
