// Lets `import … from 'meshwise'` mean this checkout's source, so that the example needs no build.
import { registerHooks } from 'node:module';

const source = new URL('../../src/index.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'meshwise' ? { url: source, shortCircuit: true } : next(specifier, context),
});
