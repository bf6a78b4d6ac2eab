import type { JsonObject } from '../meshes/envoy/json.ts';
import { differences } from '../meshes/manifest-differences.ts';
import { type Exported, titleOf } from '../meshes/resource.ts';
import { ConfigError } from '../policy/config-error.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { reportFidelity } from './export-report.ts';
import type { FidelityOfUpstream } from './fidelity-table.ts';
import { manifestText, writeManifest } from './manifest-text.ts';
import { readManifests } from './manifests.ts';

/** What `--merge` or `--check` gives; `undefined` without either. */
export async function existingResources(
  { merge, check }: ExportOptions,
  { stdin = process.stdin }: CommandIo,
): Promise<readonly JsonObject[] | undefined> {
  const given = merge ?? check;
  return given === undefined ? undefined : await readManifests(given, stdin);
}

export interface ExportedHosts {
  readonly exported: readonly Exported[];
  readonly reports: readonly FidelityOfUpstream[];
  /** For all of them. */
  readonly notes: readonly string[];
}

/**
 * Prints the resources, or under `--check` how what is there differs. False when `--strict` refused or something
 * differs.
 *
 * @throws ConfigError with everything that cannot be exported.
 */
export async function writeExported(hosts: ExportedHosts, options: ExportOptions, io: CommandIo): Promise<boolean> {
  const { exported, reports } = hosts;
  const problems = exported.flatMap((of) => of.problems);
  if (problems.length > 0) throw new ConfigError('meshwise export', problems);
  if (options.check !== undefined) return checked(exported, io);

  if (!reportFidelity(reports, options.strict, io)) return false;
  for (const note of [...exported.flatMap((of) => of.notes), ...hosts.notes]) io.stderr.write(`\n${note}\n`);
  const resources = exported.flatMap((of) => of.resources);
  if (resources.length === 0) io.stderr.write('\nNothing to write: no policy has a rule.\n');
  else await writeManifest(await manifestText(resources, options.format), options.output, io.stdout);
  return true;
}

/** Nothing is written where no policy has a rule and no resource was there. */
export function withoutEmpty(exported: Exported): Exported {
  const isEmpty = exported.routes === 0 && exported.before.every((resource) => resource === undefined);
  return isEmpty ? { ...exported, resources: [], before: [] } : exported;
}

function checked(exported: readonly Exported[], { stdout }: CommandIo): boolean {
  const lines = exported.flatMap(({ resources, before }) =>
    resources.flatMap((resource, index) => {
      const there = before[index];
      const title = titleOf(resource);
      if (there === undefined) return [`${title}: is missing`];
      return differences(there, resource).map((line) => `${title}: ${line}`);
    }),
  );
  const titles = exported.flatMap(({ resources }) => resources.map(titleOf));
  stdout.write(
    `${lines.length === 0 ? titles.map((title) => `${title}: as exported`).join('\n') : lines.join('\n')}\n`,
  );
  return lines.length === 0;
}
