import { describe, inject } from 'vitest';

/** A `describe` for what needs a real Envoy; left out where there is none (test/global-setup.ts says so, once). */
export function describeWithEnvoy(name: string, tests: (binary: string) => void): void {
  const binary = inject('envoyBinary');
  describe.skipIf(binary === '')(name, () => tests(binary));
}
