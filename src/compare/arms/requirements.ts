import type { Arm } from './arm.ts';

/** The Envoy to use, or one line on why there is none. */
export type EnvoyOrNot = { readonly path: string; readonly version: string } | { readonly missing: string };

const SDK: readonly string[] = [
  '@opentelemetry/sdk-trace',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/core',
];

/** What a client needs beyond what meshwise itself depends on. */
const PACKAGES: Partial<Readonly<Record<Arm['client'], readonly string[]>>> = {
  cockatiel: ['cockatiel'],
  'telemetry-sdk': SDK,
};

/** Can an SDK of OpenTelemetry be registered here? */
export async function hasSdk(): Promise<boolean> {
  return (await missingOf(SDK)) === undefined;
}

/** One line on why an arm cannot run here; `undefined` when it can. */
export async function whyLeftOut(arm: Arm, envoy: EnvoyOrNot): Promise<string | undefined> {
  if (arm.sidecar !== 'none' && 'missing' in envoy) return envoy.missing;
  const missing = await missingOf(PACKAGES[arm.client] ?? []);
  return missing && `the package ${missing} is not installed`;
}

async function missingOf(packages: readonly string[]): Promise<string | undefined> {
  for (const name of packages) {
    try {
      await import(name);
    } catch {
      return name;
    }
  }
  return undefined;
}
