import { setTimeout as sleep } from 'node:timers/promises';
import { draw } from '../../../src/compare/fault-draw.ts';
import { createMeshwise, type Meshwise, type PolicySettings } from '../../../src/index.ts';
import { type EnvoyBootstrap, envoyBootstrap } from '../../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { startSwappableSidecar } from '../../envoy/swappable-routes.ts';
import { type CountingUpstream, startCountingUpstream } from '../counting-upstream.ts';
import { Load, type LoadedCall } from '../load.ts';
import {
  ARMS,
  type ArmName,
  type ArmRun,
  type LifeRun,
  type OwnerChange,
  type PhasePlan,
  SLOT,
  type Sums,
} from './life-run.ts';

const LIMIT = 2;
const FAILING = 0.7;
const SEED = 2026;

/** Breaker and budget are off: what is counted is what the layers make of the limit. */
const POLICY = {
  timeout: '10s',
  retry: { limit: LIMIT, backoff: { base: 1, max: 5 }, budget: false },
  circuitBreaker: false,
} as const satisfies PolicySettings;

const CLIENTS: Readonly<Record<ArmName, { readonly mode: 'auto' | 'process'; readonly settings: PolicySettings }>> = {
  auto: { mode: 'auto', settings: POLICY },
  process: { mode: 'process', settings: POLICY },
  naive: { mode: 'process', settings: { ...POLICY, retry: false } },
};

const RULES: Readonly<Record<PhasePlan['rule'], PolicySettings>> = {
  none: { ...POLICY, retry: false },
  own: POLICY,
  another: { ...POLICY, retry: { ...POLICY.retry, limit: LIMIT + 1 } },
};

export interface LifeOptions {
  /** Envoy's binary. */
  readonly binary: string;
  readonly phases: readonly PhasePlan[];
  /** Milliseconds that each of them lasts. */
  readonly phaseMs: number;
  /** Calls per second, of each arm. */
  readonly rate: number;
}

/** Three clients behind one Envoy, whose routes are swapped while they call. */
export async function runLife({
  binary,
  phases,
  phaseMs,
  rate,
}: LifeOptions): Promise<Omit<LifeRun, 'machine' | 'envoy'>> {
  const upstream = await startCountingUpstream((path, attempt) => {
    // Attempt 2 of call 17 meets the same fate in every arm.
    const call = path.slice(path.lastIndexOf('/') + 1);
    return { status: draw(SEED, call, attempt) < FAILING ? 503 : 200, delay: 5 };
  });
  const sidecar = await startSwappableSidecar(binary, bootstrapOf('none', upstream.port));
  const origin = `http://127.0.0.1:${sidecar.envoy.listeners.get('payments')}`;
  const beganAt = performance.now();
  const arms = ARMS.map((arm) => startArm(arm, origin, rate));
  const [auto] = arms as [Arm];
  const changes: Pick<OwnerChange, 'at' | 'to' | 'why'>[] = [];
  auto.meshwise.on('owner-changed', ({ to, why }) => changes.push({ at: performance.now(), to, why } as OwnerChange));

  const swapped: { label: string; from: number; to: number }[] = [];
  for (const { rule, label } of phases) {
    const from = performance.now();
    await sidecar.swap(bootstrapOf(rule, upstream.port));
    await sleep(phaseMs);
    swapped.push({ label, from, to: performance.now() });
  }
  for (const { load } of arms) await load.stop();
  for (const { meshwise } of arms) await meshwise.close();
  await sidecar.stop();
  await upstream.stop();

  const since = (at: number) => Math.round(at - beganAt);
  return {
    limit: LIMIT,
    failing: FAILING,
    rate,
    phases: swapped.map(({ label, from, to }) => ({ label, from: since(from), to: since(to) })),
    arms: arms.map(({ arm, load }) => armRun(arm, load.calls, upstream, swapped, beganAt)),
    changes: changes.map((change, index) => ({
      ...change,
      at: since(change.at),
      ...aroundChange(auto.load.calls, upstream, change, changes[index + 1]?.at ?? Number.POSITIVE_INFINITY),
    })),
  };
}

function bootstrapOf(rule: PhasePlan['rule'], upstreamPort: number): EnvoyBootstrap {
  const policy = parsePolicy({ upstream: 'payments', ...RULES[rule] });
  const endpoints = [{ host: '127.0.0.1', port: upstreamPort }];
  return envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }], forEveryone: rule !== 'none' });
}

interface Arm {
  readonly arm: ArmName;
  readonly meshwise: Meshwise;
  readonly load: Load;
}

function startArm(arm: ArmName, origin: string, rate: number): Arm {
  const { mode, settings } = CLIENTS[arm];
  const meshwise = createMeshwise({ env: {}, mode, upstreams: { payments: settings } });
  return { arm, meshwise, load: new Load({ meshwise, origin, every: 1_000 / rate, prefix: `/${arm}` }) };
}

function armRun(
  arm: ArmName,
  calls: readonly LoadedCall[],
  upstream: CountingUpstream,
  phases: readonly { readonly from: number; readonly to: number }[],
  beganAt: number,
): ArmRun {
  const slotOf = ({ begunAt }: LoadedCall) => Math.floor((begunAt - beganAt) / SLOT);
  const slots = Math.max(...calls.map(slotOf)) + 1;
  return {
    arm,
    slots: Array.from({ length: slots }, (_, slot) => {
      const {
        calls: count,
        attempts,
        good,
      } = sumsOf(
        calls.filter((call) => slotOf(call) === slot),
        upstream,
      );
      return { calls: count, attempts, good };
    }),
    phases: phases.map(({ from, to }) =>
      sumsOf(
        calls.filter(({ begunAt }) => begunAt >= from && begunAt < to),
        upstream,
      ),
    ),
  };
}

function sumsOf(calls: readonly LoadedCall[], upstream: CountingUpstream): Sums {
  const attempts = calls.map(({ path }) => upstream.attempts(path));
  const isGood = ({ outcome }: LoadedCall) => outcome === 200;
  return {
    calls: calls.length,
    attempts: attempts.reduce((sum, count) => sum + count, 0),
    good: calls.filter(isGood).length,
    most: Math.max(0, ...attempts),
    above: attempts.filter((count) => count > LIMIT + 1).length,
    givenUp: calls.filter((call) => !isGood(call) && upstream.attempts(call.path) <= LIMIT).length,
  };
}

function aroundChange(
  calls: readonly LoadedCall[],
  upstream: CountingUpstream,
  { at, to }: Pick<OwnerChange, 'at' | 'to'>,
  next: number,
): Pick<OwnerChange, 'underWay' | 'mostOfThose' | 'against'> {
  const underWay = calls.filter(({ begunAt, endedAt = Number.POSITIVE_INFINITY }) => begunAt < at && endedAt > at);
  const begunAfter = calls.filter(({ begunAt }) => begunAt > at && begunAt < next);
  return {
    underWay: underWay.length,
    mostOfThose: Math.max(0, ...underWay.map(({ path }) => upstream.attempts(path))),
    against: begunAfter.filter(({ owners }) => owners[0] !== to).length,
  };
}
