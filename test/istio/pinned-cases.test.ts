import { afterAll, beforeAll, expect, it } from 'vitest';
import { OWNER_HEADER } from '../../src/meshes/mark.ts';
import { type AnsweringUpstream, startAnsweringUpstream } from '../conformance/answering-upstream.ts';
import { armsOf } from '../conformance/case.ts';
import { dialectRoutes } from '../conformance/dialect-routes.ts';
import { named } from '../conformance/exported-case.ts';
import { PINNED } from '../conformance/pinned-cases.ts';
import type { Seen } from '../conformance/seen.ts';
import { type Verdict, verdictOf } from '../conformance/verdict.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { describeWithIstio } from './istio-test.ts';
import { documents, type Mesh, startMesh } from './mesh.ts';
import { istioRuleOf, type PlacedCase, playPinned, virtualServicesOf } from './pinned-arms.ts';
import { shapeOf } from './route-shape.ts';
import { serviceEntry } from './services.ts';

const AT_ONCE = 8;
const AGAIN = 3;

/**
 * The rule's first attempt gets 503, and its second 429 with `Retry-After`, which no rule retries. The process does, and
 * makes one attempt too many: an Istio route returns no count that would tell of the first.
 */
const UNTOLD = '503, then 429 with Retry-After';

/** A bare client cannot ask for a rule that no VirtualService can say; nothing is written for it. */
const ALL: readonly PlacedCase[] = PINNED.flatMap(({ name: pinned, case: one }, index) =>
  armsOf(one).map((arm) => ({ ...named(one, `c${index}-${arm}`), arm, pinned })),
).filter((one) => one.arm !== 'marked' || istioRuleOf(one) !== undefined);

const WITH_VERDICT = withVerdict();

describeWithIstio('the pinned cases of test/conformance, through a VirtualService', (programs) => {
  let upstream: AnsweringUpstream;
  let mesh: Mesh;
  const played = new Map<string, Seen | Error>();

  beforeAll(async () => {
    upstream = await startAnsweringUpstream();
    const refused = await closedPort();
    mesh = await startMesh(programs, async (port) => ({
      kubernetes: '',
      istio: documents(
        ...[...ALL, WITH_VERDICT].map(({ name, case: one }) =>
          serviceEntry(name, port, [{ port: one.upstream === 'refused' ? refused : upstream.port }]),
        ),
        await virtualServicesOf(ALL.filter(({ arm }) => arm !== 'everyone')),
        await virtualServicesOf([WITH_VERDICT], '--verdict'),
        await virtualServicesOf(
          ALL.filter(({ arm }) => arm === 'everyone'),
          '--for-everyone',
        ),
      ),
    }));
    await playAll(ALL, AT_ONCE);
    // A difference is a matter of rules, and shows again when the case is played alone; a late timer does not.
    for (let again = 0; again < AGAIN; again++) await playAll(ALL.filter(isUnexplained), 1);
  }, 300_000);
  afterAll(async () => {
    await mesh?.stop();
    await upstream?.stop();
  });

  async function playAll(cases: readonly PlacedCase[], atOnce: number): Promise<void> {
    const remaining = cases.values();
    const play = async () => {
      for (const one of remaining) {
        played.set(one.name, await playPinned(one, mesh, upstream).catch((error: unknown) => new Error(String(error))));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, play));
  }

  /** How a case differs from what is written down or explained. */
  function faultsOf(one: PlacedCase): readonly string[] {
    const seen = played.get(one.name);
    if (seen === undefined || seen instanceof Error) return [seen?.message ?? 'not played'];
    const verdict = verdictIn(one, seen);
    return verdict.kind === 'unexplained' ? verdict.how : [];
  }

  function isUnexplained(one: PlacedCase): boolean {
    return faultsOf(one).length > 0;
  }

  it.each(PINNED)('$name', ({ name }) => {
    const arms = ALL.filter(({ pinned }) => pinned === name);
    expect(arms.length).toBeGreaterThan(0);
    expect(arms.map((one) => [one.arm, faultsOf(one)])).toEqual(arms.map(({ arm }) => [arm, []]));
  });

  it('the reply that says nothing of the first attempt says it with --verdict', async () => {
    const one = WITH_VERDICT;
    expect(verdictOf(one.case, one.arm, await playPinned(one, mesh, upstream))).not.toMatchObject({
      kind: 'unexplained',
    });
  });

  it('have the routes that test/conformance takes for those of Istio', async () => {
    const marked = ALL.filter(({ arm }) => arm === 'marked');
    expect(marked.length).toBeGreaterThan(60);
    const made = await mesh.routes();
    for (const one of marked) {
      expect([one.name, made.get(one.name)?.map(shapeOf)]).toEqual([
        one.name,
        dialectRoutes('istio', one.policy).map(shapeOf),
      ]);
    }
  });
});

function withVerdict(): PlacedCase {
  const found = PINNED.find(({ name }) => name === UNTOLD);
  if (found === undefined) throw new Error(`there is no case of the name ${UNTOLD}`);
  return { ...named(found.case, 'with-verdict'), arm: 'auto', pinned: UNTOLD };
}

/** What a VirtualService cannot say, beyond what test/conformance/differences.ts has for an Envoy by itself. */
function verdictIn(one: PlacedCase, seen: Seen): Verdict {
  const { policy } = one.case;
  // It has no word for `Retry-After`.
  if (one.arm === 'everyone') {
    return verdictOf({ ...one.case, policy: { ...policy, retryAfter: false } }, 'everyone', seen);
  }
  // Without a rule there is no mark, so that the process executes it all; and nothing removes its header.
  if (istioRuleOf(one) === undefined) {
    const faults = seen.faults.filter((fault) => !fault.includes(OWNER_HEADER));
    return verdictOf(one.case, 'process', { ...seen, faults });
  }
  if (one.arm === 'auto' && one.pinned === UNTOLD) {
    return verdictOf(one.case, 'auto', { ...seen, attempts: seen.attempts - 1, answer: seen.answer - 1 });
  }
  return verdictOf(one.case, one.arm, seen);
}
