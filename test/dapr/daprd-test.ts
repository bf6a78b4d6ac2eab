import { describe } from 'vitest';

/** A `describe` for what needs a real daprd, named by MESHWISE_DAPRD (`npm run test:dapr` finds or builds one); left out where there is none. */
export function describeWithDaprd(name: string, tests: (binary: string) => void): void {
  const binary = process.env['MESHWISE_DAPRD'] ?? '';
  describe.skipIf(binary === '')(name, () => tests(binary));
}
