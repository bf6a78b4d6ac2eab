/** Which meshwise is measured: what `npm run build` made and users get, or the sources as Node strips them. */
export type Subject = 'dist' | 'src';

type Meshwise = typeof import('../../src/index.ts');

export async function loadMeshwise(subject: string | undefined): Promise<Meshwise> {
  return subject === 'src' ? import('../../src/index.ts') : ((await import(BUILT)) as Meshwise);
}

type Prometheus = typeof import('../../src/telemetry/prometheus/index.ts');

export async function loadPrometheus(subject: string | undefined): Promise<Prometheus> {
  return subject === 'src'
    ? import('../../src/telemetry/prometheus/index.ts')
    : ((await import(`${BUILT}/prometheus`)) as Prometheus);
}

/** Through package.json's `exports`, as a user's import; the compiler must not ask for it before it is built. */
const BUILT: string = 'meshwise';
