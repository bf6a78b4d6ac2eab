import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** Where and with what it was measured. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** Of the last minute, before the first case: a busy machine measures its neighbours too. */
  readonly load: number;
  readonly date: string;
  readonly packages: Readonly<Record<string, string>>;
}

const PEERS = ['opossum', 'p-retry', 'cockatiel', '@fetchkit/ffetch'];

export function thisMachine(): Machine {
  return {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    date: new Date().toISOString().slice(0, 10),
    packages: Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
  };
}

function versionOf(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

export function describeMachine({ node, cpu, cores, load, date, packages }: Machine): string {
  const peers = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `${date}, Node ${node.slice(1)}, ${cores} cores (${cpu}), load ${load}; ${peers.join(', ')}`;
}
