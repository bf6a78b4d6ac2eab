import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { type AnsweringUpstream, startAnsweringUpstream } from './answering-upstream.ts';
import { endOf, gapsBetween } from './seen.ts';
import { PATIENCE, SHARED_STATE, type SharedArm, type SharedStateCase } from './shared-state-cases.ts';

export interface SharedStateResult {
  readonly case: SharedStateCase;
  readonly process: readonly string[];
  readonly sidecar: readonly string[];
}

/** Plays them all, once by the process and once by a real Envoy with the configuration that is exported for everyone. */
export async function playSharedState(binary: string): Promise<readonly SharedStateResult[]> {
  const upstream = await startAnsweringUpstream();
  const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
  const upstreams = Object.fromEntries(SHARED_STATE.map((one) => [one.upstream, one.settings]));
  const meshwise = createMeshwise({ env: {}, mode: 'process', upstreams });
  const envoy = await startEnvoy(
    binary,
    envoyBootstrap({
      forEveryone: true,
      upstreams: SHARED_STATE.map((one) => ({
        policy: parsePolicy({ upstream: one.upstream, ...one.settings }),
        listen: { port: 0 },
        endpoints,
      })),
    }),
  );
  try {
    return await Promise.all(
      SHARED_STATE.map(async (one) => ({
        case: one,
        process: await one.play(processArm(one, meshwise, upstream)),
        sidecar: await one.play(sidecarArm(one, envoy, upstream)),
      })),
    );
  } finally {
    await meshwise.close();
    await envoy.stop();
    await upstream.stop();
  }
}

function processArm({ upstream: name }: SharedStateCase, meshwise: Meshwise, upstream: AnsweringUpstream): SharedArm {
  const isOpen = () =>
    meshwise.status().circuits.some((circuit) => circuit.upstream === name && circuit.state === 'open');
  return {
    ...scripts(`${name}-process`, upstream),
    call: async (script) => endOf(await meshwise.client(name)(`http://127.0.0.1:${upstream.port}/${script}`)),
    shut: () => until(isOpen),
    back: () => until(() => !isOpen()),
  };
}

function sidecarArm({ upstream: name }: SharedStateCase, envoy: RunningEnvoy, upstream: AnsweringUpstream): SharedArm {
  const ejected = async () => {
    const stat = `cluster.${name}.outlier_detection.ejections_active`;
    const [, active] = (await envoy.admin(`/stats?filter=^${stat}$`)).split(': ');
    return Number(active) > 0;
  };
  return {
    ...scripts(`${name}-sidecar`, upstream),
    call: async (script) => endOf(await fetch(`http://127.0.0.1:${envoy.listeners.get(name)}/${script}`)),
    shut: () => until(ejected),
    back: () => until(async () => !(await ejected())),
  };
}

function scripts(prefix: string, upstream: AnsweringUpstream): Pick<SharedArm, 'script'> {
  let made = 0;
  return {
    script(...answers) {
      const name = `${prefix}-${made++}`;
      const attempts = upstream.script(name, answers);
      return { name, attempts: () => attempts.length, gaps: () => gapsBetween(attempts) };
    },
  };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come about within ${PATIENCE} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
