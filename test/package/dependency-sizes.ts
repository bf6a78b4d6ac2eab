// Prints what the runtime dependencies weigh when they are installed: the figures of the README's table.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;
}

async function bytesOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

const { dependencies = {}, peerDependencies = {} } = await manifestOf(root);
let total = 0;
for (const [name, peer] of [
  ...Object.keys(dependencies).map((n) => [n, false] as const),
  ...Object.keys(peerDependencies).map((n) => [n, true] as const),
]) {
  const directory = join(root, 'node_modules', name);
  const { version, license, dependencies: brings = {} } = await manifestOf(directory);
  let bytes = await bytesOf(directory);
  for (const brought of Object.keys(brings)) bytes += await bytesOf(join(root, 'node_modules', brought));
  if (!peer) total += bytes;
  const with_ = Object.keys(brings).length > 0 ? `, with ${Object.keys(brings).join(', ')}` : '';
  console.log(`${name} ${version} (${license}${peer ? ', peer' : ''}${with_}): ${Math.round(bytes / 1000)} kB`);
}
console.log(`together, without the peer: ${Math.round(total / 1000)} kB`);
