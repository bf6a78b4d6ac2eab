import { fileURLToPath } from 'node:url';
import { readConfigFile } from '../../policy/policy-file.ts';
import type { Scenario } from './scenario.ts';
import { type Profile, parseScenarioFile, type ScenarioFile } from './scenario-file.ts';

/** The files beside this module, in the order in which the report tells of them. */
export const BUILT_IN = [
  'steady',
  'cost',
  'large-bodies',
  'saturation',
  'random-503',
  'latency-tail',
  'black-hole',
  'connection-faults',
  'outage',
  'bad-host',
  'rolling-restart',
  'metastable',
  'nested',
  'double-policy',
  'deadline',
  'retry-after',
  'isolation',
  'traces',
] as const;

/**
 * Reads one scenario file, YAML as policies are written in.
 *
 * @throws ConfigError naming the file, with every mistake in it.
 */
export function loadScenarioFile(path: string): ScenarioFile {
  return parseScenarioFile(readConfigFile(path), path);
}

/** Where a built-in file stands, for those who want to begin with a copy. */
export function builtInPath(name: (typeof BUILT_IN)[number]): string {
  return fileURLToPath(new URL(`files/${name}.yaml`, import.meta.url));
}

export function builtInFiles(): readonly ScenarioFile[] {
  return BUILT_IN.map((name) => loadScenarioFile(builtInPath(name)));
}

export function builtInScenarios(profile: Profile): readonly Scenario[] {
  return builtInFiles().flatMap((file) => file[profile] ?? []);
}
