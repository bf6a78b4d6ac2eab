import { expect, it } from 'vitest';
import { readDocument } from './documents.ts';
import { exported } from './exported.ts';

it('the Consul recipe shows what the command prints and finds', async () => {
  const { blocks } = readDocument('docs/meshes/consul.md');
  const codeIn = (wanted: string) => blocks.flatMap(({ language, code }) => (language === wanted ? [code] : []));
  const [policy = ''] = codeIn('yaml');
  const [existing = '', pair = ''] = codeIn('json');
  const target = ['consul', '--upstream', 'payments'];
  const printed = await exported(policy, [...target, '--merge', '-'], existing);
  expect(pair.length).toBeGreaterThan(500);
  expect(printed).toContain(pair);
  expect((JSON.parse(printed) as { readonly Routes: readonly unknown[] }).Routes).toHaveLength(8);
  const edited = printed.replace('"NumRetries": 2', '"NumRetries": 3');
  const [found] = codeIn('');
  expect(await exported(policy, [...target, '--check', '-'], edited)).toBe(found);
});
