import { describe, inject } from 'vitest';

/** A `describe` for what needs a real Consul (MESHWISE_CONSUL) and a real Envoy; left out where one is missing. */
export function describeWithConsul(name: string, tests: (binaries: Binaries) => void): void {
  const binaries = { consul: process.env['MESHWISE_CONSUL'] ?? '', envoy: inject('envoyBinary') };
  describe.skipIf(Object.values(binaries).includes(''))(name, () => tests(binaries));
}

export interface Binaries {
  readonly consul: string;
  readonly envoy: string;
}
