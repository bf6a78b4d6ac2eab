import { closedPort } from '../envoy/scripted-upstream.ts';
import { type SwappableSidecar, startSwappableSidecar } from '../envoy/swappable-routes.ts';
import { type AnsweringUpstream, startAnsweringUpstream } from './answering-upstream.ts';
import { Arms } from './arms.ts';
import { ARMS, type Arm, armsOf, type Case } from './case.ts';
import { type NamedCase, named } from './exported-case.ts';
import { LIVE, type Ports, rulesByPath } from './rules-by-path.ts';
import type { Seen } from './seen.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Result {
  readonly case: Case;
  readonly seen: Readonly<Partial<Record<Arm, Seen>>>;
  readonly verdicts: Readonly<Partial<Record<Arm, Verdict>>>;
  /** Something unexplained was seen that was gone when the case was played again. */
  readonly seenOnce: readonly string[];
}

/** Cases at the same time: connections are kept and used again, by other cases. */
const AT_ONCE = 16;

/** A call takes eight seconds at most, and more on a machine that does other things; what takes so long never ends. */
const NEVER_ENDS = 60_000;

/** A difference is a matter of rules, and shows again when the case is played alone; a late timer does not. */
const AGAIN = 5;

/** An upstream, and a real Envoy in front of it whose routes are the exported rules of the cases that are played. */
export class Laboratory {
  readonly #upstream: AnsweringUpstream;
  readonly #ports: Ports;
  readonly #sidecar: SwappableSidecar;
  #cases = 0;

  static async open(envoy: string): Promise<Laboratory> {
    const upstream = await startAnsweringUpstream();
    const ports = { live: upstream.port, refused: await closedPort() };
    const sidecar = await startSwappableSidecar(envoy, rulesByPath([named(FIRST, 'first')], ports));
    const laboratory = new Laboratory(upstream, ports, sidecar);
    // The first calls of a process take longer than a per-try timeout.
    await laboratory.play(Array.from({ length: AT_ONCE }, () => FIRST));
    return laboratory;
  }

  private constructor(upstream: AnsweringUpstream, ports: Ports, sidecar: SwappableSidecar) {
    this.#upstream = upstream;
    this.#ports = ports;
    this.#sidecar = sidecar;
  }

  /** Plays them all, and what looks unexplained once more by itself. In their order. */
  async play(cases: readonly Case[]): Promise<Result[]> {
    const results = await this.#playAtOnce(cases);
    for (let again = 0; again < AGAIN; again++) {
      for (const [index, { case: one, seenOnce }] of results.entries()) {
        const before = unexplainedIn(results[index]);
        if (before.length === 0) continue;
        const [result] = await this.#playAtOnce([one]);
        if (result !== undefined) results[index] = { ...result, seenOnce: [...seenOnce, ...before] };
      }
    }
    return results;
  }

  async close(): Promise<void> {
    await this.#sidecar.stop();
    await this.#upstream.stop();
  }

  async #playAtOnce(cases: readonly Case[]): Promise<Result[]> {
    if (cases.length === 0) return [];
    const all = cases.map((one) => named(one, `c${this.#cases++}`));
    await this.#sidecar.swap(rulesByPath(all, this.#ports));
    const sidecar = this.#sidecar.envoy.listeners.get(LIVE) ?? 0;
    const arms = new Arms(all, { upstream: this.#upstream, ports: this.#ports, sidecar });
    const results: Result[] = [];
    const remaining = all.entries();
    const work = async () => {
      for (const [index, one] of remaining) results[index] = await playArms(one, arms);
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } finally {
      await arms.close();
    }
    return results;
  }
}

export function unexplainedIn(result: Result | undefined): readonly string[] {
  return ARMS.flatMap((arm) => {
    const verdict = result?.verdicts[arm];
    return verdict?.kind === 'unexplained' ? verdict.how.map((how) => `${arm}: ${how}`) : [];
  });
}

async function playArms(one: NamedCase, arms: Arms): Promise<Result> {
  const seen: Partial<Record<Arm, Seen>> = {};
  const verdicts: Partial<Record<Arm, Verdict>> = {};
  const play = async (arm: Arm) => {
    try {
      const shown = await ended(arms.play(one, arm));
      seen[arm] = shown;
      verdicts[arm] = verdictOf(one.case, arm, shown);
    } catch (error) {
      verdicts[arm] = { kind: 'unexplained', how: [`threw ${String(error)}`] };
    }
  };
  await Promise.all(['process' as const, ...armsOf(one.case)].map(play));
  return { case: one.case, seen, verdicts, seenOnce: [] };
}

async function ended<T>(playing: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${NEVER_ENDS} ms`)), NEVER_ENDS);
  });
  try {
    return await Promise.race([playing, never]);
  } finally {
    clearTimeout(timer);
  }
}

const FIRST: Case = {
  policy: { timeout: 8_000, limit: 1, perTryTimeout: false, on: [503], methods: ['GET'], retryAfter: false },
  request: { method: 'GET', key: false, body: 'none' },
  upstream: [{ does: 'answer', status: 200 }],
};
