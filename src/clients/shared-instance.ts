import { readConfiguration } from './configuration.ts';
import { Instance } from './instance.ts';
import { reachBySetMode } from './process-mode.ts';

let shared: Instance | undefined;

/** One for the process, made when it is first needed: its mode and caller come from the environment and its file. */
export function sharedInstance(): Instance {
  if (shared !== undefined) return shared;
  const { environment, config, problems } = readConfiguration({}, undefined, process.env);
  const instance = new Instance({ mode: config.mode ?? 'process', caller: config.caller, environment });
  for (const problem of problems) instance.warn(problem.code, problem.message);
  reachBySetMode((mode) => {
    instance.mode = mode;
  });
  shared = instance;
  return instance;
}
