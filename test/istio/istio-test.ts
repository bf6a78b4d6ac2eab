import { describe, inject } from 'vitest';

export interface Programs {
  /** Of `generator/`. */
  readonly generator: string;
  readonly envoy: string;
}

/** A `describe` for what needs Istio's generator, named by MESHWISE_ISTIO_GENERATOR (`npm run test:istio` finds or builds one), and a real Envoy; left out where one is missing. */
export function describeWithIstio(name: string, tests: (programs: Programs) => void): void {
  const generator = process.env['MESHWISE_ISTIO_GENERATOR'] ?? '';
  const envoy = inject('envoyBinary');
  describe.skipIf(generator === '' || envoy === '')(name, () => tests({ generator, envoy }));
}
