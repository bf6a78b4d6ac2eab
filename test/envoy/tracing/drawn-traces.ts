import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../docs/documents.ts';

export const EXAMPLE = join(ROOT, 'examples/tracing/run.ts');

/** What examples/tracing prints, for the documentation. */
export async function drawnTraces(binary: string): Promise<string> {
  const env = { ...process.env, ENVOY_BIN: binary };
  const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE], { env });
  return `\`\`\`\n${stdout.trim()}\n\`\`\``;
}

/** A drawn trace without what differs from run to run: bars, durations, and how long the waits were. */
export function withoutTimes(drawn: string): string {
  return drawn
    .replaceAll(/ +█+ +[\d.]+ ms */g, ' ')
    .replaceAll(/_ms [\d.]+/g, '_ms …')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
