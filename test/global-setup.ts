import type { TestProject } from 'vitest/node';
import { findEnvoy } from '../src/compare/envoy/envoy-binary.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a real Envoy; empty where there is none. */
    envoyBinary: string;
  }
}

/** Finds Envoy once per run, fetching it when there is none, and tells in one line which one it is. */
export default async function setup(project: TestProject): Promise<void> {
  const envoy = await findEnvoy({ progress: (line) => console.log(line) });
  if ('missing' in envoy) {
    if (process.env['MESHWISE_REQUIRE_ENVOY'] === '1') throw new Error(envoy.missing);
    console.log(`The tests with a real Envoy are left out. ${envoy.missing}`);
    project.provide('envoyBinary', '');
    return;
  }
  console.log(`Envoy ${envoy.version} (${envoy.from})`);
  project.provide('envoyBinary', envoy.path);
}
