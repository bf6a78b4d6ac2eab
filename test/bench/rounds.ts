import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Rounds } from './results.ts';
import type { Case, Figures, Suite } from './suite.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Settings that would change what is measured: ours, Node's (preloads), OpenTelemetry's. */
const DISTURBING = /^(MESHWISE|NODE|OTEL)_/i;
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !DISTURBING.test(name)));

/**
 * Runs the cases in turn, A B C A B C …, each time in a fresh process: within one, what one case leaves behind (its
 * garbage, the types that optimised code has seen) is paid for by the next, and that was more than what is measured.
 */
export async function runRounds(suite: Suite, rounds: number, told: (progress: string) => void): Promise<Rounds> {
  const results = new Map<string, Figures[]>(suite.cases.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    // Every other round backwards: what a case does to the machine must not always hit the same neighbour.
    for (const one of round % 2 === 1 ? suite.cases : suite.cases.toReversed()) {
      told(`${suite.name} ${round}/${rounds}: ${one.name}`);
      results.get(one.name)?.push(await runCase(one));
    }
  }
  return results;
}

function runCase({ name, run }: Case): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(process.execPath, run, {
      cwd: ROOT,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let wallMs = 0;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('exit', () => {
      wallMs = Number(process.hrtime.bigint() - start) / 1e6;
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ ...(JSON.parse(output) as Figures), wallMs });
      else reject(new Error(`${name} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** The path of a module of the benchmark, for a case's command. */
export function modulePath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
