import { defineConfig } from 'vitest/config';

/** The tests that are to notice a wrong decision: those without a network. */
export default defineConfig({
  test: {
    include: ['test/{unit,property}/{call,process,ownership}/**/*.test.ts'],
    globalSetup: ['test/property/global-setup.ts'],
    setupFiles: ['test/property/configure.ts'],
    testTimeout: 20_000,
    env: { OTEL_SDK_DISABLED: 'true' },
  },
});
