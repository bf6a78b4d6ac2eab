import { ConfigError } from '../../policy/config-error.ts';
import { UnreadableReportError } from '../result/read-report.ts';
import type { Report } from '../result/report.ts';
import { checksOf } from './checks.ts';
import { findingsOf } from './findings.ts';

/**
 * The report with checks and findings by the rules of this version. All that was measured is in its cells: a better
 * rule needs no other run. `source` is the file's name for errors.
 *
 * @throws UnreadableReportError where a scenario is none in this version.
 */
export function judgedAnew(report: Report, source = 'the report'): Report {
  const { scenarios, cells, environment } = report;
  try {
    return { ...report, checks: checksOf(scenarios, cells), ...findingsOf(scenarios, cells, environment) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UnreadableReportError(`${source} cannot be judged by the rules of this version: ${error.message}`);
  }
}
