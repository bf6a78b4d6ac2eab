import type { Arm } from './arm.ts';

/** The Envoy to use, or one line on why there is none. */
export type EnvoyOrNot = { readonly path: string; readonly version: string } | { readonly missing: string };

/** What a client needs beyond what meshwise itself depends on. */
const PACKAGES: Partial<Readonly<Record<Arm['client'], readonly string[]>>> = {
  cockatiel: ['cockatiel'],
  'telemetry-sdk': ['@opentelemetry/sdk-trace', '@opentelemetry/context-async-hooks', '@opentelemetry/core'],
};

/** One line on why an arm cannot run here; `undefined` when it can. */
export async function whyLeftOut(arm: Arm, envoy: EnvoyOrNot): Promise<string | undefined> {
  if (arm.sidecar !== 'none' && 'missing' in envoy) return envoy.missing;
  for (const name of PACKAGES[arm.client] ?? []) {
    try {
      await import(name);
    } catch {
      return `the package ${name} is not installed`;
    }
  }
  return undefined;
}
