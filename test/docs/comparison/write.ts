/**
 * Writes the tables of docs/comparison.md from reports of `meshwise compare --full`:
 * `npm run docs:comparison -- report.json … [--later report.json …]`. Figures are those of the last report, findings
 * those that the rules of this version make of all.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { judgedAnew } from '../../../src/compare/judge/judged-anew.ts';
import { readReport, UnreadableReportError } from '../../../src/compare/result/read-report.ts';
import type { Report } from '../../../src/compare/result/report.ts';
import { ROOT } from '../documents.ts';
import { withRegion } from '../region.ts';
import { evidenceOf } from './evidence.ts';
import { givenFiles } from './given-files.ts';
import { withLaterRuns } from './later-runs.ts';
import { REGIONS } from './regions.ts';
import { screenshotLines } from './screenshots.ts';

async function main(args: readonly string[]): Promise<void> {
  const given = givenFiles(args);
  const later = await reportsIn(given.later);
  const reports = withLaterRuns(await reportsIn(given.full), later).map((report, index) =>
    judgedAnew(report, [given.full[index], given.later[index]].filter((file) => file !== undefined).join(' with ')),
  );
  const evidence = evidenceOf(reports, later);
  const document = join(ROOT, 'docs/comparison.md');
  let text = await readFile(document, 'utf8');
  for (const [name, make] of Object.entries(REGIONS)) text = withRegion(text, name, make(evidence));
  text = withRegion(text, 'screenshots', screenshotLines(await readdir(join(ROOT, 'docs/figures'))));
  await writeFile(given.to === undefined ? document : resolve(given.to), text);
}

function reportsIn(files: readonly string[]): Promise<Report[]> {
  return Promise.all(files.map(async (file) => readReport(await readFile(file, 'utf8'), file)));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnreadableReportError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
