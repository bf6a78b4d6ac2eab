import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as meshwise from '../../src/index.ts';
import { EVENT_NAMES } from '../../src/telemetry/events.ts';
import * as testing from '../../src/testing/index.ts';
import { codeSpans, type Document, partOf, ROOT, readDocument, tableRows } from './documents.ts';
import { allSource, membersOf, readSource, wordsOf } from './source-text.ts';

const run = promisify(execFile);
const API = readDocument('docs/reference/api.md');
const ERRORS = readDocument('docs/reference/errors.md');
const EVENTS = readDocument('docs/reference/events.md');
const ALL = ['api', 'errors', 'events', 'policy'].map((name) => readDocument(`docs/reference/${name}.md`));

/** The one word in `backticks` that a row begins with. */
function firstWords(text: string): readonly string[] {
  return tableRows(text).flatMap(([cell = '']) => codeSpans(cell));
}

/** Headings that are one word in `backticks`. */
function entries(document: Document): readonly string[] {
  return document.headings.flatMap(({ text }) => (/^`[^`]+`$/.test(text) ? codeSpans(text) : []));
}

describe('the reference of errors', () => {
  const made: Readonly<Record<string, meshwise.MeshwiseError>> = {
    CircuitOpenError: new meshwise.CircuitOpenError(1),
    ClosedError: new meshwise.ClosedError(),
    ConcurrencyLimitError: new meshwise.ConcurrencyLimitError(1, 0),
    ConfigError: new meshwise.ConfigError('a', []),
    ConnectionError: new meshwise.ConnectionError('ECONNRESET', 'a'),
    TimeoutError: new meshwise.TimeoutError('call', 1),
  };
  const base = Object.keys(new meshwise.MeshwiseError('MESHWISE_TIMEOUT', 'a'));

  it('has every exported class', () => {
    const exported = Object.entries<unknown>(meshwise).flatMap(([name, value]) =>
      typeof value === 'function' && value.prototype instanceof Error ? [name] : [],
    );
    expect(entries(ERRORS).toSorted()).toEqual(exported.toSorted());
    expect(Object.keys(made)).toEqual(exported.filter((name) => name !== 'MeshwiseError').toSorted());
  });

  it.each(Object.entries(made))('%s has its code and its fields', (name, error) => {
    const part = partOf(ERRORS, `\`${name}\``);
    expect(/^Code: `(\w+)`$/m.exec(part)?.[1]).toBe(error.code);
    const own = Object.keys(error).filter((field) => !base.includes(field));
    const [, fields = ''] = /^Fields: (.*)$/m.exec(part) ?? [];
    expect(codeSpans(fields)).toEqual(expect.arrayContaining(own));
    expect(part).toMatch(/^\*\*What to do\.\*\* \S/m);
    const row = tableRows(ERRORS.text).find(([cell = '']) => codeSpans(cell)[0] === name);
    expect(codeSpans(row?.[1] ?? '')).toEqual([error.code]);
  });

  it('has the fields of the base and every code', () => {
    expect(firstWords(partOf(ERRORS, '`MeshwiseError`'))).toEqual(
      expect.arrayContaining(['cause', 'code', ...base.filter((field) => field !== 'name')]),
    );
    const codes = wordsOf(readSource('src/policy/meshwise-error.ts'), 'MeshwiseErrorCode');
    expect(codes.length).toBeGreaterThan(4);
    expect(codeSpans(ERRORS.text)).toEqual(expect.arrayContaining([...codes]));
  });

  it('has every scope of a timeout', () => {
    const scopes = wordsOf(readSource('src/call/timeout-error.ts'), 'TimeoutScope');
    expect(firstWords(partOf(ERRORS, '`TimeoutError`')).slice(1)).toEqual(scopes);
  });
});

describe('the reference of events', () => {
  const source = readSource('src/telemetry/events.ts');
  const rows = tableRows(EVENTS.text).filter((cells) => cells.length === 3 && cells[0]?.startsWith('`'));

  it('has a row for every event, and for nothing else', () => {
    expect(rows.map(([name = '']) => codeSpans(name)[0]).toSorted()).toEqual(EVENT_NAMES.toSorted());
  });

  it.each(EVENT_NAMES)('%s has its fields', (name) => {
    const [, body = ''] =
      new RegExp(`^ {2}'?${name}'?: (?:CallEvent|CircuitEvent)?(?: & )?(?:;|\\{$([\\s\\S]*?)^ {2}\\};)`, 'm').exec(
        source,
      ) ?? [];
    const fields = [...body.matchAll(/^ {4}readonly (\w+):/gm)].map(([, field]) => field);
    const row = rows.find(([cell = '']) => codeSpans(cell)[0] === name);
    expect(codeSpans(row?.[2] ?? '')).toEqual(fields);
  });

  it('has what the events of a call and of a circuit breaker begin with', () => {
    expect(firstWords(EVENTS.headings.find(({ text }) => text === 'Events of a call')?.body ?? '').slice(0, 4)).toEqual(
      membersOf(source, 'CallEvent'),
    );
    const [line = ''] = /^All of them begin with `.*$/m.exec(partOf(EVENTS, 'Events of a circuit breaker')) ?? [];
    expect(codeSpans(line)).toEqual(membersOf(source, 'CircuitEvent'));
  });

  it('has every outcome, every refusal, and every reason of a change of owner', () => {
    expect(firstWords(partOf(EVENTS, 'Outcomes'))).toEqual(wordsOf(source, 'CallOutcome'));
    expect(firstWords(partOf(EVENTS, 'Refusals'))).toEqual(wordsOf(source, 'RetryRefusal'));
    const notices = wordsOf(readSource('src/ownership/handover.ts'), 'Notice');
    expect(firstWords(partOf(EVENTS, 'Why an owner changed'))).toEqual(
      notices.filter((notice) => notice !== 'out-of-date'),
    );
  });
});

describe('the reference of the API', () => {
  it('has every exported function', () => {
    const functions = Object.keys(meshwise).filter((name) => !name.endsWith('Error'));
    expect(entries(API)).toEqual(expect.arrayContaining([...functions, ...Object.keys(testing)]));
  });

  it('has every entry of the package', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
    const names = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
    expect(firstWords(API.headings[0]?.body ?? '')).toEqual(
      expect.arrayContaining(names.map((entry) => entry.replace('.', 'meshwise'))),
    );
  });

  it('has every member of an instance, of a client and of the status', () => {
    const instance = meshwise.createMeshwise({ fetch, env: {} });
    const client = meshwise.wrapFetch(fetch, { upstream: 'a' });
    expect(entries(API)).toEqual(expect.arrayContaining([...Object.keys(instance), ...Object.keys(client)]));
    expect(firstWords(partOf(API, '`status`'))).toEqual(Object.keys(instance.status()));
  });

  it('has every option of createMeshwise', () => {
    const options = [
      ...membersOf(readSource('src/clients/meshwise.ts'), 'MeshwiseOptions'),
      ...membersOf(readSource('src/policy/config.ts'), 'MeshwiseConfigInput'),
    ];
    expect(options.length).toBeGreaterThan(8);
    const part = API.headings.find(({ text }) => text === '`createMeshwise`')?.body ?? '';
    expect(firstWords(part).toSorted()).toEqual(options.toSorted());
  });

  it('has every variable of the environment that the source reads', () => {
    const source = allSource();
    const read = [...source.matchAll(/\benv\['(\w+)'\]|\bread\('(MESHWISE_\w+)'/g)].map(
      ([, direct, named]) => direct ?? named,
    );
    const documented = tableRows(partOf(API, 'Environment variables')).flatMap((cells) => codeSpans(cells.join(' ')));
    expect(read).toContain('MESHWISE_MODE');
    expect(documented).toEqual(expect.arrayContaining(read));
  });

  it('knows the same MESHWISE_ words as the source', () => {
    const words = (text: string): readonly string[] => [...new Set(text.match(/\bMESHWISE_[A-Z_]*[A-Z]\b/g))].sort();
    expect(words(ALL.map(({ text }) => text).join('\n'))).toEqual(words(allSource()));
  });

  it('has every command with exactly the options that its --help prints', async () => {
    const help = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args, '--help']);
      return stdout;
    };
    const commands = [...(await help()).matchAll(/^ {2}(\w+) /gm)].map(([, command = '']) => command);
    const documented = entries(API)
      .filter((entry) => entry.startsWith('meshwise '))
      .map((entry) => entry.slice(9));
    expect(documented).toEqual(commands);
    for (const command of commands) {
      const text = await help(command);
      const printed = new Set([...text.matchAll(/^ +(--[a-z-]+)/gm)].map(([, option = '']) => option));
      printed.delete('--help');
      const options = firstWords(partOf(API, `\`meshwise ${command}\``)).map((option) => option.split(' ')[0]);
      expect(options.toSorted(), command).toEqual([...printed].toSorted());
    }
  });
});
