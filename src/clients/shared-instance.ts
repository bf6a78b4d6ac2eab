import { readConfiguration } from './configuration.ts';
import { Instance } from './instance.ts';

let shared: Instance | undefined;

/** One for the process, made when it is first needed: its mode and caller come from the environment and its file. */
export function sharedInstance(): Instance {
  if (shared !== undefined) return shared;
  const { environment, config, problems } = readConfiguration({}, undefined, process.env);
  shared = new Instance({ mode: config.mode ?? 'process', caller: config.caller, environment });
  for (const problem of problems) shared.warn(problem.code, problem.message);
  return shared;
}
