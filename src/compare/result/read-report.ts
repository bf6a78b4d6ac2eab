import * as v from 'valibot';
import type { Report } from './report.ts';
import { reportSchema } from './report-schema.ts';

/** A file that is no report, or one of another version. */
export class UnreadableReportError extends Error {
  override readonly name = 'UnreadableReportError';
}

const SCHEMA = 2;
const MISTAKES_SHOWN = 5;

/**
 * Reads a `report.json`; `source` is the file's name for errors.
 *
 * @throws UnreadableReportError that says what is wrong with it, and what would be right.
 */
export function readReport(json: string, source = 'the report'): Report {
  const input = parsed(json, source);
  const version = typeof input === 'object' && input !== null ? Reflect.get(input, 'schema') : undefined;
  if (version !== SCHEMA) throw new UnreadableReportError(`${source} ${whyNot(version)}`);
  const { success, issues = [] } = v.safeParse(reportSchema, input);
  if (!success) {
    const mistakes = issues.slice(0, MISTAKES_SHOWN).map((issue) => `  ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
    const left = issues.length - mistakes.length;
    const lines = left === 0 ? mistakes : [...mistakes, `  and ${left} more`];
    throw new UnreadableReportError([`${source} is not a whole report:`, ...lines].join('\n'));
  }
  // The schema holds what is made use of; the rest is as the same program wrote it.
  return input as Report;
}

function parsed(json: string, source: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableReportError(`${source} is not JSON: ${why}`);
  }
}

function whyNot(version: unknown): string {
  if (version === 1) return 'is of schema 1, from an older meshwise; run the comparison again to compare it';
  if (typeof version === 'number' && version > SCHEMA) {
    return `is of schema ${version}, from a newer meshwise; this one reads schema ${SCHEMA}`;
  }
  return `is no report of meshwise compare: its "schema" is ${JSON.stringify(version) ?? 'missing'}, not ${SCHEMA}`;
}
