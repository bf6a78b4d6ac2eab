import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const D3 = 'dist/compare/report/charts/d3.js';
const licence = (name: string, file = 'LICENSE') =>
  readFileSync(new URL(`node_modules/${name}/${file}`, import.meta.url), 'utf8').trim();

// The report's charts use a little of d3; it is bundled, so that nobody installs fifteen packages for `compare`.
const charts = defineConfig({
  input: D3,
  output: {
    file: D3,
    format: 'esm',
    banner: `/*\nd3-scale, d3-shape and what they need:\n\n${licence('d3-scale')}\n*/`,
  },
  logLevel: 'warn',
});

/** The entries, and what is loaded when somebody looks for a mesh, reads an Envoy or is scraped. */
const LATER =
  /dist\/(index|clients\/register|testing\/|ownership\/looking\/(?!looking|seen)|meshes\/envoy\/admin\/|telemetry\/prometheus\/|telemetry\/delegate\/(?!delegated))/;

// What applications import: a hundred small files cost some 40 ms of start-up, one chunk 15. The command line keeps its own.
const library = defineConfig({
  input: {
    index: 'dist/index.js',
    'clients/register': 'dist/clients/register.js',
    'telemetry/prometheus/index': 'dist/telemetry/prometheus/index.js',
    'telemetry/delegate/index': 'dist/telemetry/delegate/index.js',
    'testing/index': 'dist/testing/index.js',
  },
  // Packages and Node's modules stay what they are; but of valibot a twentieth is used, and all of it would be loaded.
  external: /^(?!valibot$)[^./]/,
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    // They cost two milliseconds of start-up; the declarations keep theirs.
    comments: false,
    banner: ({ name }) =>
      name === 'meshwise' ? `/*\nvalibot, of it what is used:\n\n${licence('valibot', 'LICENSE.md')}\n*/` : '',
    codeSplitting: { groups: [{ name: 'meshwise', test: (id) => /dist\/.*\.js$/.test(id) && !LATER.test(id) }] },
  },
  logLevel: 'warn',
});

export default [charts, library];
