/** Pinned and made-up cases against a real Envoy: `npm run conformance -- --help`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findEnvoy } from '../../src/compare/envoy/envoy-binary.ts';
import { DIFFERENCE_IDS } from './differences.ts';
import { documentOf, figuresText } from './document.ts';
import { closingLine, figuresOf, fuzz } from './fuzz.ts';
import { Laboratory, unexplainedIn } from './laboratory.ts';
import { readOptions, USAGE } from './options.ts';
import { PINNED } from './pinned-cases.ts';
import { playSharedState } from './shared-state-arms.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const { runs, seed, markdown } = readOptions(args, process.env);
  const envoy = await findEnvoy({ progress: (line) => console.error(line) });
  if ('missing' in envoy) throw new Error(envoy.missing);
  console.log(`seed ${seed}`);
  const laboratory = await Laboratory.open(envoy.path);
  try {
    const pinned = await laboratory.play(PINNED.map(({ case: one }) => one));
    const shared = await playSharedState(envoy.path);
    for (const [index, result] of pinned.entries()) {
      for (const how of unexplainedIn(result)) console.log(`${PINNED[index]?.name}: ${how}`);
    }
    const figures = await fuzz(laboratory, { runs, seed, progress: (done) => console.error(`${done} of ${runs}`) });
    if (figures.failure !== undefined) console.log(figures.failure);
    if (markdown) await writeFile(DOCUMENT, documentOf({ pinned, shared }, figuresText(figures)));
    for (const [id, cases] of Object.entries(figures.shown)) console.log(`${String(cases).padStart(6)}  ${id}`);
    console.log(closingLine(figures));
    const { unexplained, shown } = figuresOf(pinned);
    const neverShown = DIFFERENCE_IDS.filter((id) => shown[id] === 0);
    for (const id of neverShown) console.log(`${id} shows in no pinned case: it explains nothing`);
    return figures.unexplained + unexplained + neverShown.length === 0 ? 0 : 1;
  } finally {
    await laboratory.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
