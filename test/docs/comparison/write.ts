/**
 * Writes the tables of docs/comparison.md from reports of `meshwise compare --full`:
 * `npm run docs:comparison -- report.json …`. Figures are those of the last report, findings those that the rules of
 * this version make of all.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { judgedAnew } from '../../../src/compare/judge/judged-anew.ts';
import { readReport, UnreadableReportError } from '../../../src/compare/result/read-report.ts';
import { ROOT } from '../documents.ts';
import { withRegion } from '../region.ts';
import { evidenceOf } from './evidence.ts';
import { REGIONS } from './regions.ts';
import { screenshotLines } from './screenshots.ts';

const USAGE = `npm run docs:comparison -- [--to file.md] report.json …
Reports of one machine, the one whose figures are shown last. Findings are shown that all of them make.`;

async function main(args: readonly string[]): Promise<void> {
  const to = args[0] === '--to' ? args[1] : undefined;
  const files = to === undefined ? args : args.slice(2);
  if (files.length === 0 || files.some((file) => file.startsWith('-'))) throw new UnreadableReportError(USAGE);
  const reports = await Promise.all(
    files.map(async (file) => judgedAnew(readReport(await readFile(file, 'utf8'), file), file)),
  );
  const evidence = evidenceOf(reports);
  const document = join(ROOT, 'docs/comparison.md');
  let text = await readFile(document, 'utf8');
  for (const [name, make] of Object.entries(REGIONS)) text = withRegion(text, name, make(evidence));
  text = withRegion(text, 'screenshots', screenshotLines(await readdir(join(ROOT, 'docs/figures'))));
  await writeFile(to === undefined ? document : resolve(to), text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnreadableReportError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
