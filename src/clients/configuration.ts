import { type Environment, readEnvironmentLeniently } from '../ownership/environment.ts';
import { type MeshwiseConfig, type MeshwiseConfigInput, parseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import { readConfigFile } from '../policy/policy-file.ts';

/** What a meshwise starts with, and what was wrong with the operator's part of it. */
export interface Configuration {
  readonly environment: Environment;
  readonly config: MeshwiseConfig;
  readonly problems: readonly ConfigError[];
}

const NOTHING: MeshwiseConfigInput = {};

/**
 * Code over file over defaults. What the code says must be right; a bad variable or a broken file named by
 * `MESHWISE_CONFIG` is the operator's: it is reported and left out, for the application's calls have to go on. Under
 * `MESHWISE_STRICT` it is an error like any other.
 *
 * @throws ConfigError
 */
export function readConfiguration(
  input: MeshwiseConfigInput,
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Configuration {
  const { environment, problems } = readEnvironmentLeniently(env);
  const found = problems === undefined ? [] : [problems];
  const fromCode = parseConfig(input, 'createMeshwise');
  const fromFile = file !== undefined ? parseConfig(readConfigFile(file), file) : ofEnvironment(environment, found);
  if (environment.strict && found[0] !== undefined) throw found[0];
  const named = new Set(fromCode.upstreams.map(({ policy }) => policy.upstream));
  return {
    environment,
    config: {
      mode: environment.mode ?? fromCode.mode ?? fromFile.mode,
      caller: fromCode.caller === '' ? fromFile.caller : fromCode.caller,
      upstreams: [...fromCode.upstreams, ...fromFile.upstreams.filter(({ policy }) => !named.has(policy.upstream))],
    },
    problems: found,
  };
}

function ofEnvironment({ configFile }: Environment, problems: ConfigError[]): MeshwiseConfig {
  try {
    if (configFile !== undefined) return parseConfig(readConfigFile(configFile), configFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(error);
  }
  return parseConfig(NOTHING, 'defaults');
}
