import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type MeshwiseConfigInput, parseConfig } from '../../src/policy/config.ts';
import { ConfigError, type Problem } from '../../src/policy/config-error.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { POLICY_DEFAULTS } from '../../src/policy/policy-defaults.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';
import { codeSpans, type Heading, readDocument } from './documents.ts';

const REFERENCE = readDocument('docs/reference/policy.md');

/** One heading may stand for several options. */
const SECTIONS = new Map(
  REFERENCE.headings.flatMap((heading) =>
    heading.text.startsWith('`') ? codeSpans(heading.text).map((option) => [option, heading] as const) : [],
  ),
);

/** `a.b` and a value as `{ a: { b: value } }`. */
function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((outer, key) => (outer as Record<string, unknown> | undefined)?.[key], value);
}

function policyWith(path: readonly string[], value: unknown): PolicyInput {
  return { upstream: 'a', ...(nested(path, value) as object) };
}

function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** What the schema takes at this place, by its own words: an unknown key is answered with the known ones. */
function optionsBelow(path: readonly string[]): readonly string[] {
  const problems = problemsOf(() => parsePolicy(policyWith([...path, '?'], 1)));
  const [, list] = problems.map(({ message }) => /known are (.*)$/.exec(message)).find((found) => found !== null) ?? [];
  const keys = list?.split(/, | and /) ?? [];
  return keys.flatMap((key) => [[...path, key].join('.'), ...optionsBelow([...path, key])]);
}

const OPTIONS = optionsBelow([]);

/** The value in the first `backticks` behind `Default:`, as it would stand in a policy file; `undefined`: none. */
function documentedDefault({ body }: Heading): unknown {
  const [, line] = /^Default: (.*)$/m.exec(body) ?? [];
  if (line === undefined) throw new Error('there is no line "Default: …"');
  const [value] = codeSpans(line);
  return line.startsWith('none') || value === undefined ? undefined : parseYaml(value);
}

/** Of a limit that is on; off, it has no fields. */
const CONCURRENCY = parsePolicy({ upstream: 'a', concurrency: { limit: 1 } }).concurrency;
const REQUIRED = ['upstream', 'concurrency.limit'];

describe('the reference of the policy', () => {
  it('has a heading for every option of the schema, and for nothing else', () => {
    expect(OPTIONS.length).toBeGreaterThan(40);
    expect([...SECTIONS.keys()].sort()).toEqual([...OPTIONS].sort());
  });

  it.each([...SECTIONS])('%s has the default of the code', (option, section) => {
    const path = option.split('.');
    const written = documentedDefault(section);
    if (REQUIRED.includes(option)) {
      expect(section.body).toMatch(/^Default: none, required$/m);
      return;
    }
    if (path[0] === 'concurrency' && path.length > 1) {
      expect(written).toEqual(at(CONCURRENCY, path.slice(1)));
      return;
    }
    const parsed = written === undefined ? undefined : at(parsePolicy(policyWith(path, written)), path);
    expect(parsed).toEqual(at(POLICY_DEFAULTS, path));
  });

  it('says what has no default', () => {
    const missing = problemsOf(() => parsePolicy({} as PolicyInput));
    expect(missing).toEqual([{ path: 'upstream', message: 'must be set' }]);
    const [limit] = problemsOf(() => parsePolicy({ upstream: 'a', concurrency: {} }));
    expect(limit?.path).toBe('concurrency.limit');
  });

  it('has the default of streams', () => {
    const [, value] = /for streams `([^`]+)`/.exec(SECTIONS.get('idleTimeout')?.body ?? '') ?? [];
    expect(parsePolicy({ upstream: 'a', idleTimeout: value }).streamIdleTimeout).toBe(
      POLICY_DEFAULTS.streamIdleTimeout,
    );
  });

  it.each([...SECTIONS])('%s has a type, prose, an example and what others call it', (_option, { body }) => {
    expect(body).toMatch(/^Type: .+\\\nDefault: .+\n\n\S/m);
    expect(body).toMatch(/^```(ts|yaml)$/m);
    expect(body).toMatch(/^Elsewhere: /m);
  });

  it.each(REFERENCE.blocks.filter(({ language }) => language === 'yaml'))(
    'the YAML of line $line is right',
    (block) => {
      const content: unknown = parseYaml(block.code, { version: '1.2' });
      const isFile = typeof content === 'object' && content !== null && 'upstreams' in content;
      const config = (isFile ? content : { upstreams: { a: content } }) as MeshwiseConfigInput;
      expect(problemsOf(() => parseConfig(config, 'a'))).toEqual([]);
    },
  );
});
