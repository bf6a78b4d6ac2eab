import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { doctorCommand } from '../../../src/cli/doctor.ts';
import { planCommand } from '../../../src/cli/plan.ts';
import { type Scenario, type Scene, SETTINGS } from './scenarios.ts';

export interface Output {
  /** `doctor` or `plan`, and the scenario: the name of the block in docs/ownership.md. */
  readonly name: string;
  readonly text: string;
  readonly code: number;
}

/** What both commands print in a scenario, with the names and ports of an application in a pod. */
export async function outputsOf(scenario: Scenario, program: string): Promise<Output[]> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-docs-'));
  const scene = await scenario.start(program);
  try {
    const file = join(directory, 'meshwise.yaml');
    const upstreams = { payments: { match: [scene.url], ...SETTINGS } };
    await writeFile(file, JSON.stringify({ mode: scenario.mode, upstreams }));
    const env = { ...scene.env, MESHWISE_CONFIG: file };
    const run = async (name: string, command: (io: Io) => Promise<number>): Promise<Output> => {
      const io = { stdout: new PassThrough(), stderr: new PassThrough(), env };
      const code = await command(io);
      const printed = `${io.stdout.read() ?? ''}${io.stderr.read() ?? ''}`;
      return {
        name: `${name} ${scenario.name}`,
        text: shown(printed, [...scene.shown, [file, 'meshwise.yaml']]),
        code,
      };
    };
    return [
      await run('doctor', (io) => doctorCommand([], io, scene.hostView)),
      await run('plan', (io) => planCommand([`${scene.url}/charges/42`], io, scene.hostView)),
    ];
  } finally {
    await scene.stop();
    await rm(directory, { recursive: true });
  }
}

interface Io {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  readonly env: NodeJS.ProcessEnv;
}

/** Without the names and ports of this machine. */
function shown(text: string, replacements: Scene['shown']): string {
  return replacements.reduce((changed, [here, there]) => changed.replaceAll(here, there), text);
}
