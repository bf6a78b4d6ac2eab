import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { anchorOf, ROOT, readDocument, readDocuments } from './documents.ts';

const run = promisify(execFile);
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const DOCUMENTS = readDocuments();

/** What the examples take from a reader's own program. */
const READERS_OWN = `
import type { PolicySettings, UpstreamInput } from 'meshwise';
declare global {
  const log: (...data: unknown[]) => void;
  const url: string;
  const defaults: PolicySettings;
  const upstreams: Record<string, UpstreamInput>;
  const fn: () => Promise<string>;
}
`;

describe('the documents', () => {
  it('show only TypeScript that compiles against the source', async () => {
    await mkdir(join(ROOT, '.cache'), { recursive: true });
    // Inside the tree, so that packages are found; below .cache, which git and the linter pass over.
    const directory = await mkdtemp(join(ROOT, '.cache/docs-'));
    try {
      const blocks = DOCUMENTS.flatMap(({ path, blocks }) =>
        blocks.filter(({ language }) => language === 'ts').map((block) => ({ ...block, path })),
      );
      expect(blocks.length).toBeGreaterThan(3);
      await writeFile(join(directory, 'readers-own.d.ts'), READERS_OWN);
      for (const { path, line, code } of blocks) {
        // The code keeps its line. `…` stands for what an example leaves out; `export {}` makes a module of any block.
        const text = `${'\n'.repeat(line - 1)}${code.replaceAll('…', 'undefined')}\nexport {};\n`;
        await writeFile(join(directory, `${path.replaceAll('/', '_')}.${line}.ts`), text);
      }
      await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(await projectOfBlocks()));
      const { stdout } = await run(process.execPath, [TSC, '-p', directory], { cwd: directory }).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 60_000);

  it.each(DOCUMENTS)('$path has no dead link within the project', async ({ path, text }) => {
    const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const dead: string[] = [];
    for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(path, '..', file);
      if (!(await isAlive(target, anchor))) dead.push(link);
    }
    expect(dead).toEqual([]);
  });
});

/** Strict as the project's own; an example may make what it does not use. */
async function projectOfBlocks(): Promise<object> {
  const { exports } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const paths = Object.entries(exports).flatMap(([entry, targets]) =>
    typeof targets === 'string'
      ? []
      : [
          [
            entry.replace('.', 'meshwise'),
            [join(ROOT, targets.default.replace('dist', 'src').replace(/\.js$/, '.ts'))],
          ],
        ],
  );
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, paths: Object.fromEntries(paths) },
    // opossum has no types of its own; the source's declaration of it is found by no import.
    include: ['*.ts', join(ROOT, 'src/**/*.d.ts')],
  };
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

async function isAlive(target: string, anchor: string | undefined): Promise<boolean> {
  if (anchor !== undefined && basename(target).endsWith('.md')) {
    return readDocument(target).headings.some(({ text }) => anchorOf(text) === anchor);
  }
  return access(join(ROOT, target)).then(
    () => true,
    () => false,
  );
}
