import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadScenarioFile } from '../../../../src/compare/scenario/load-scenarios.ts';
import { problemsOf, refusal } from '../../policy/problems-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshwise-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function written(content: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, content);
  return path;
}

const LEAST = 'name: a\ntitle: A\nshows: What?\nquestions: [attempts]\narms: [bare]\n';

describe('a scenario file', () => {
  it('is YAML 1.2', () => {
    const { full } = loadScenarioFile(written(`${LEAST}load: { rate: 1, for: 1s, method: on }\n`));
    expect(full[0]?.load).toMatchObject({ method: 'ON', calls: 1 });
  });

  it('is JSON as well', () => {
    const input = {
      name: 'a',
      title: 'A',
      shows: '?',
      questions: ['cost'],
      arms: ['bare'],
      load: { rate: 1, for: 1000 },
    };
    expect(loadScenarioFile(written(JSON.stringify(input))).full).toHaveLength(1);
  });

  it('has no key twice', () => {
    expect(problemsOf(() => loadScenarioFile(written(`${LEAST}load: { rate: 1, rate: 2, for: 1s }\n`)))).toEqual([
      { path: 'line 6, column 18', message: 'the key "rate" is already there' },
    ]);
  });

  it('has no alias bomb', () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`).join('');
    expect(problemsOf(() => loadScenarioFile(written(`a0: &a0 [x]\n${bomb}`)))).toEqual([
      { path: '', message: 'uses aliases more than 100 times' },
    ]);
  });

  it('is named in what is wrong with it', () => {
    const path = written(`${LEAST}load: { rate: 1, for: 1 s }\n`);
    expect(refusal(() => loadScenarioFile(path)).message).toBe(
      `${path}: load.for: must be a duration such as 250ms, 2s or 1h30m (h, m, s, ms; whole numbers of at most 5 digits), not "1 s"`,
    );
    const missing = join(folder, 'missing.yaml');
    expect(refusal(() => loadScenarioFile(missing)).message).toBe(`${missing}: there is no such file`);
  });

  it('says something', () => {
    const paths = problemsOf(() => loadScenarioFile(written(''))).map(({ path }) => path);
    expect(paths).toEqual(['name', 'title', 'shows', 'questions', 'arms', 'load']);
  });
});
