import { configDefaults, defineConfig } from 'vitest/config';

/** Tiers of their own, whose programs `npm run test:dapr`, `test:istio`, `test:consul` and `test:browser` find or build first. */
const OPT_IN: Readonly<Record<string, string>> = {
  'test/dapr/**': 'MESHWISE_DAPRD',
  'test/istio/**': 'MESHWISE_ISTIO_GENERATOR',
  'test/browser/**': 'MESHWISE_BROWSER',
  'test/consul/**': 'MESHWISE_CONSUL',
};
const left = Object.entries(OPT_IN).flatMap(([tests, program]) => (process.env[program] === undefined ? [tests] : []));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...left],
    globalSetup: ['test/global-setup.ts', 'test/property/global-setup.ts'],
    setupFiles: ['test/property/configure.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    env: { OTEL_SDK_DISABLED: 'true' },
  },
});
