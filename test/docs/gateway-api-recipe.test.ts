import { expect, it } from 'vitest';
import { readDocument } from './documents.ts';
import { exported } from './exported.ts';

it('the Gateway API recipe shows what the command prints and finds', async () => {
  const { blocks } = readDocument('docs/meshes/gateway-api.md');
  const [policy = '', existing = '', pair = ''] = blocks.flatMap(({ language, code }) =>
    language === 'yaml' ? [code] : [],
  );
  const target = ['gateway-api', '--namespace', 'shop'];
  const printed = await exported(policy, [...target, '--merge', '-'], existing);
  expect(pair.length).toBeGreaterThan(500);
  expect(printed).toContain(pair);
  expect(printed.match(/- name: "(canary|stable)/g)).toHaveLength(6);
  const edited = printed.replace('attempts: 2', 'attempts: 3');
  const found = await exported(policy, [...target, '--check', '-'], edited);
  expect(blocks.find(({ language }) => language === '')?.code).toBe(found);
});
