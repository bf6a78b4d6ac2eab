import { MeshwiseError } from './meshwise-error.ts';

/** One mistake in a policy, a policy file or the environment. */
export interface Problem {
  /** Where: `retry.perTryTimeout`, `upstreams.payments.timeout`, `MESHWISE_MODE`. */
  readonly path: string;
  /** What was found and what is allowed, in one sentence without the path. */
  readonly message: string;
}

/** Mistakes that a message tells; `problems` has them all. */
const MOST_LINES = 100;

/** A bad policy, policy file or environment. Lists every mistake that was found, not only the first. */
export class ConfigError extends MeshwiseError {
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[], cause?: unknown) {
    const told = problems.slice(0, MOST_LINES);
    const lines = told.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    if (problems.length > told.length) lines.push(`and ${problems.length - told.length} more`);
    super(
      'MESHWISE_CONFIG',
      lines.length === 1 ? `${source}: ${lines[0]}` : `${source}:\n${lines.map((line) => `  - ${line}`).join('\n')}`,
      {
        cause,
      },
    );
    this.problems = Object.freeze([...problems]);
  }
}
