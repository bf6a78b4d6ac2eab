#!/usr/bin/env node
import type { CommandIo } from './command-io.ts';

const USAGE = `meshwise <command> [options]

  doctor        what is here, and what is doubled, unprotected or out of date; what to do
  plan <url>    who owns retries, timeout, circuit breaker, limit and tracing of calls to this URL, and why
  export <mesh> a policy file as a complete Envoy sidecar, or as rules of Istio, Gateway API or Consul
  compare       the same policies in the process, in a real Envoy and in both, measured side by side

meshwise <command> --help says more.
`;

type Command = (args: string[], io: CommandIo) => Promise<number>;

/** Loaded when called: nobody pays for a command that he does not use. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  compare: async () => (await import('./compare.ts')).compareCommand,
};

const BAD_INPUT = 2;

async function main([name, ...args]: string[], io: CommandIo): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(USAGE);
    return name === undefined ? BAD_INPUT : 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    io.stderr.write(`meshwise: there is no command ${JSON.stringify(name)}\n\n${USAGE}`);
    return BAD_INPUT;
  }
  return (await load())(args, io);
}

// `… | head` closes the pipe: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await main(process.argv.slice(2), process);
