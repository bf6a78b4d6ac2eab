/**
 * `npm run independent`: two figures of the comparison, measured once more by vegeta, an open-loop generator that
 * nobody here wrote, against the same processes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { ARMS, type Arm, type ArmName, retryLimits } from '../../src/compare/arms/arm.ts';
import { findEnvoy } from '../../src/compare/envoy/envoy-binary.ts';
import { shuffled } from '../../src/compare/fault-draw.ts';
import { count, percent } from '../../src/compare/format.ts';
import { failureProbability } from '../../src/compare/judge/closed-form.ts';
import { builtInScenarios } from '../../src/compare/scenario/load-scenarios.ts';
import { callsOf } from '../../src/compare/scenario/planned-time.ts';
import type { Scenario } from '../../src/compare/scenario/scenario.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { type Machine, thisMachine } from '../bench/machine.ts';
import { markdownTable, terminalTable } from '../bench/table.ts';
import { withRegion } from '../docs/region.ts';
import { findVegeta, vegetaVersion } from './find-vegeta.ts';
import { whyNoLatency } from './measured-run.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { type ArmRuns, type Claim, hop, randomFaults, saidOfHop } from './reproduction.ts';
import { reproductionTable } from './text.ts';
import { GENERATORS, inTurn } from './two-generators.ts';

const DOCUMENT = new URL('../../docs/comparison.md', import.meta.url);
const REGION = 'independent generator';

/** Three in ten attempts fail, and a call may have three. */
const RANDOM_503 = 'random-503/p=0.3,limit=2';
/** Nothing is wrong, and calls are evenly spaced. */
const STEADY = 'cost';

interface Programs {
  readonly envoy: string;
  readonly vegeta: string;
}

async function main(options: Options): Promise<boolean> {
  const machine = thisMachine();
  const found = await findEnvoy({ progress: (line) => console.error(line) });
  if ('missing' in found) throw new Error(found.missing);
  const vegeta = await findVegeta(process.env, (line) => console.error(line));
  const programs = { envoy: found.path, vegeta };
  const random = scenarioNamed(RANDOM_503);
  const steady = scenarioNamed(STEADY);
  const randomArms = await runsOf(random, ['bare', 'sidecar'], programs, options);
  const [bare, noop] = await runsOf(steady, ['bare', 'sidecar-noop'], programs, options);
  if (bare === undefined || noop === undefined) throw new Error('an arm did not run');

  const p = failureProbability(random) ?? 0;
  const faults = randomFaults(randomArms, p, (arm) => limitsOf(random, armNamed(arm)));
  const lines = [
    `${percent(p, 0)} of the attempts fail, ${count(random.load.rate)} calls per second; steady state at ${count(steady.load.rate)} calls per second. ${options.rounds} rounds: median (lowest to highest).`,
    saidOfClaims(faults.claims),
    saidOfHop(bare, noop),
    `${placeOf(machine)}, Envoy ${found.version}, vegeta ${await vegetaVersion(vegeta)}, seed ${options.seed}.`,
  ];
  const table = reproductionTable([...faults.rows, ...hop(bare, noop)]);
  console.log([terminalTable(table), ...lines].join('\n\n'));
  if (options.markdown) {
    const text = [markdownTable(table), ...lines].join('\n\n');
    await writeFile(DOCUMENT, withRegion(await readFile(DOCUMENT, 'utf8'), REGION, text));
  }
  const failed = faults.claims.filter(({ passed }) => !passed);
  for (const { claim } of failed) console.error(`Not reproduced: ${claim}`);
  return failed.length === 0;
}

/** Every round runs all arms, in an order of its own, and each arm meets both generators. */
async function runsOf(
  scenario: Scenario,
  names: readonly ArmName[],
  programs: Programs,
  { rounds, seed }: Options,
): Promise<ArmRuns[]> {
  const runs = new Map(names.map((name): [ArmName, ArmRuns['rounds'][number][]] => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of shuffled(names, seed, 'arms', scenario.name, round)) {
      const arm = armNamed(name);
      const both = (): Promise<ArmRuns['rounds'][number]> =>
        inTurn({ scenario, arm, calls: callsOf(scenario, arm), round, seed, ...programs });
      const first = await both();
      // As in the comparison: what was disturbed is measured once more, and then counts whatever it is.
      const disturbed = whyNoLatency(
        GENERATORS.map((generator) => first[generator]),
        'p50',
      );
      const again = scenario.questions.includes('latency') && disturbed !== undefined;
      const kept = again ? await both() : first;
      runs.get(name)?.push(kept);
      for (const line of progressLines(kept)) {
        console.error(`${scenario.name}, ${name}, round ${round}${again ? ' once more' : ''}, ${line}`);
      }
    }
  }
  return [...runs].map(([arm, own]) => ({ arm, rounds: own }));
}

function progressLines(both: ArmRuns['rounds'][number]): string[] {
  return GENERATORS.map((generator) => {
    const { calls, attempts, good, p50, p99, slip, machineBusy } = both[generator];
    const latencies = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, slip ${slip.p50.toFixed(2)} and ${slip.p99.toFixed(2)} ms`;
    const busy = machineBusy === null ? 'nobody knows how' : percent(machineBusy, 0);
    return `${generator}: ${calls} calls, ${attempts} attempts, ${good} good, ${latencies}, machine ${busy} busy`;
  });
}

function saidOfClaims(claims: readonly Claim[]): string {
  const failed = claims.filter(({ passed }) => !passed);
  if (failed.length > 0) return `Not reproduced: ${failed.map(({ claim }) => claim).join('; ')}.`;
  return `Reproduced: by both generators attempts and final failures are as the closed form and the seed's faults have them (${claims.length} checks).`;
}

function placeOf({ date, node, cores, cpu, load }: Machine): string {
  return `${date}, ${cores} cores of ${cpu}, load ${load} at the beginning, Node ${node.slice(1)}`;
}

function limitsOf({ policy }: Scenario, arm: Arm): number[] {
  const { retry } = parsePolicy(policy);
  return retryLimits(arm, retry === false ? 0 : retry.limit);
}

function scenarioNamed(name: string): Scenario {
  const found = builtInScenarios('full').find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

function armNamed(name: ArmName): Arm {
  const found = ARMS.find((arm) => arm.name === name);
  if (found === undefined) throw new Error(`there is no arm ${name}`);
  return found;
}

let options: Options | undefined;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}
if (options !== undefined && !(await main(options))) process.exitCode = 1;
