import { meshNamed } from '../meshes/list.ts';
import { shownDefaults } from '../meshes/mesh.ts';
import { DIALECTS } from '../meshes/sidecar-rule.ts';
import { CONCERNS, type Concern, type Owner } from '../policy/conditions.ts';
import type { Mode } from '../policy/mode.ts';
import type { Policy } from '../policy/policy.ts';
import { contradictionTo, missingOf } from './contradicted-word.ts';
import { ownerByEnvironment } from './environment.ts';
import { NO_SIGN, nextSteps } from './next-steps.ts';
import { maySendOwner } from './own-upstream.ts';
import type { OwnRule, PlanFacts } from './plan-facts.ts';
import type { Evidence, PlannedConcern } from './planned-concern.ts';
import type { Proof } from './proof.ts';
import { retryRuleOf } from './retry-rule.ts';
import { caveatsOfRetries, readsUnasked, unprotected } from './shown-by-sidecar.ts';
import { leftToSidecar } from './sidecar-caveats.ts';
import { appThroughDapr, contradictionOfDapr, mayDouble, whyNotDapr } from './through-dapr.ts';

/** Who owns what for one upstream (and, where given, one URL), and why. Frozen. */
export interface Plan {
  readonly upstream: string;
  readonly mode: Mode;
  /** Origin and path only: queries and credentials are not for printing. */
  readonly url: string | undefined;
  /** Of the rule that this policy's export writes; `undefined` when its retries cannot be handed over. */
  readonly ruleHash: string | undefined;
  readonly concerns: Readonly<Record<Concern, PlannedConcern>>;
  /** What the operator can do, a sentence each. */
  readonly next: readonly string[];
}

/**
 * Who executes each concern. Precedence: a policy that switches a concern off, then the modes `off`, `process` and
 * `observe`, then `MESHWISE_OWNER`, then the policy's `owner`, then the modes `auto` and `mesh`. A sidecar of which
 * there is no sign owns nothing, whatever was said.
 */
export function planFor(facts: PlanFacts): Plan {
  const { policy, mode, url } = facts;
  const own = ownRule(facts);
  const concerns = Object.fromEntries(
    CONCERNS.map((concern) => [concern, withShown(concern, planned(concern, facts), facts)]),
  ) as Record<Concern, PlannedConcern>;
  return Object.freeze({
    upstream: policy.upstream,
    mode,
    url: url === undefined ? undefined : `${url.origin}${url.pathname}`,
    ruleHash: 'hash' in own ? own.hash : undefined,
    concerns: Object.freeze(concerns),
    next: Object.freeze(nextSteps(facts, own, concerns)),
  });
}

/** Before a mark has named a rule, the one that an export for this mesh writes. */
function ownRule(facts: PlanFacts): OwnRule {
  const { policy, caller, environment, meshFound, own, proof } = facts;
  const mesh = environment.mesh ?? meshFound;
  const dialect = DIALECTS.find((known) => known === mesh) ?? 'envoy';
  if (own !== undefined && (proof?.state === 'proven' || dialect === 'envoy')) return own;
  return retryRuleOf(policy, caller, dialect);
}

interface Word {
  readonly owner: Owner;
  /** Who said it: the variable, the field or the mode. */
  readonly by: string;
  /** Said for this very concern, not by the mode for all of them. */
  readonly explicit: boolean;
}

function planned(concern: Concern, facts: PlanFacts): PlannedConcern {
  const { policy, mode } = facts;
  if (mode === 'off') return plan('off', 'none', 'mode off: calls pass straight through');
  if (isSwitchedOff(policy, concern)) return plan('off', 'none', 'switched off in the policy');

  const word = wordOf(concern, facts);
  if (mode === 'process' || mode === 'observe') {
    return plan('process', 'none', `mode ${mode}`, [
      ...ignoredWord(word, mode),
      ...(concern === 'retry' ? retryCaveats(facts) : []),
    ]);
  }
  if (word?.owner === 'process') return plan('process', 'declared', word.by);
  if (word?.owner === 'sidecar') return onTheWord(concern, word, facts);
  return concern === 'retry' ? onProof(facts) : plan('process', 'none', 'mode auto hands over only retry');
}

function withShown(concern: Concern, decided: PlannedConcern, facts: PlanFacts): PlannedConcern {
  const { mode, shown, coverage } = facts;
  if (shown === undefined || concern === 'concurrency') return decided;
  const sidecarCould = (isLeftOnTheWord(concern, facts) ? coverage : shown)?.concerns[concern];
  const isWatched = mode === 'observe' && decided.owner === 'process' && sidecarCould !== undefined;
  const caveats = [...decided.caveats, ...(isWatched ? unprotected(concern, sidecarCould) : [])];
  return Object.freeze({ ...decided, caveats: Object.freeze(caveats), sidecarCould });
}

function isSwitchedOff(policy: Policy, concern: Concern): boolean {
  if (concern === 'tracing') return policy.tracing.mode === 'off';
  if (concern === 'retry') return policy.retry === false || policy.retry.limit === 0;
  return policy[concern] === false;
}

type WordFacts = Pick<PlanFacts, 'policy' | 'mode' | 'environment'>;

/** Is the configuration of the sidecar's Envoy to be read: beside a process that executes, or against the operator's word? */
export function readsConfiguration(facts: WordFacts): boolean {
  return readsUnasked(facts.mode, facts.environment) || CONCERNS.some((concern) => isLeftOnTheWord(concern, facts));
}

/** Does the operator say that the sidecar executes it, in a mode in which that counts? */
function isLeftOnTheWord(concern: Concern, facts: WordFacts): boolean {
  const heard = facts.mode === 'mesh' || facts.mode === 'auto';
  return heard && wordOf(concern, facts)?.owner === 'sidecar';
}

function wordOf(concern: Concern, { policy, mode, environment }: WordFacts): Word | undefined {
  const byEnvironment = ownerByEnvironment(environment, policy.upstream, concern);
  if (byEnvironment !== undefined) return { owner: byEnvironment, by: 'MESHWISE_OWNER', explicit: true };
  const byPolicy = policy.owner[concern];
  if (byPolicy !== undefined) return { owner: byPolicy, by: `owner.${concern} in the policy`, explicit: true };
  return mode === 'mesh' ? { owner: 'sidecar', by: 'mode mesh', explicit: false } : undefined;
}

function ignoredWord(word: Word | undefined, mode: Mode): string[] {
  return word?.owner === 'sidecar' ? [`${word.by} says sidecar, but mode ${mode} hands nothing over`] : [];
}

/** `mesh`, and `owner` in `auto` and `mesh`: believed, unless there is no sidecar, or the replies say otherwise. */
function onTheWord(concern: Concern, word: Word, facts: PlanFacts): PlannedConcern {
  const { environment, url, proof } = facts;
  if (environment.mesh === 'none') {
    return plan('process', 'declared', 'MESHWISE_MESH=none', [`${word.by} says sidecar, but there is none`]);
  }
  if (environment.mesh === 'dapr') {
    const missing = whyNotDapr(concern, url && appThroughDapr(facts.policy, facts.mode, environment, url), url);
    if (missing !== undefined) return plan('process', 'none', missing);
    const unsaid = contradictionOfDapr(concern, facts.dapr);
    if (unsaid !== undefined) {
      return plan('process', 'metadata', unsaid, [
        `${word.by} says sidecar, but daprd shows otherwise: the process executes`,
      ]);
    }
  }
  if (url?.protocol === 'https:' && !word.explicit) {
    return plan('process', 'none', 'https: is opaque to a transparent sidecar');
  }
  const contradiction = concern === 'retry' ? contradictionOf(proof) : undefined;
  if (contradiction !== undefined) {
    return plan('process', 'reply', contradiction, [`${word.by} says sidecar, but the replies say otherwise`]);
  }
  if (!isSidecarThere(facts)) {
    return plan('process', 'none', NO_SIGN, [
      `${word.by} says sidecar, but MESHWISE_MESH names no mesh and no reply carried a mark: the process executes`,
    ]);
  }
  const shown = url?.protocol === 'https:' ? undefined : facts.coverage;
  const missing = contradictionTo(concern, shown);
  if (missing !== undefined) {
    // The rule that the calls did not ask for: asked for, it is proven call by call.
    if (concern === 'retry' && proof?.state === 'proven') return onProof(facts);
    return plan('process', 'config-dump', missing, [
      `${word.by} says sidecar, but its Envoy shows otherwise: the process executes`,
    ]);
  }
  const part = missingOf(concern, shown);
  // In mode mesh nothing is asked for, so that no mark speaks of what executes.
  const isProven = concern === 'retry' && facts.mode !== 'mesh' && proof?.state === 'proven';
  return plan('sidecar', isProven ? 'reply' : 'declared', word.by, [
    ...(part === undefined ? [] : [`The sidecar does a part of it: ${part}`]),
    ...(url?.protocol === 'https:' ? ['https: is opaque to a transparent sidecar; the word stands all the same'] : []),
    ...leftToSidecar(concern, facts.policy),
  ]);
}

function isSidecarThere({ environment, sidecarSeen, proof }: PlanFacts): boolean {
  return environment.mesh !== undefined || sidecarSeen || proof?.state === 'proven';
}

/** Replies that show that the sidecar does *not* have the policy's rule. */
function contradictionOf(proof: Proof | undefined): string | undefined {
  if (proof === undefined || proof.state === 'proven') return undefined;
  if (proof.saidOutOfDate) return "out of date: the sidecar's rule is not this policy's";
  return proof.state === 'lost' ? 'taken back: a handed-over call came back without a mark' : undefined;
}

/** `auto`: the retries of the calls whose replies prove the rule. */
function onProof(facts: PlanFacts): PlannedConcern {
  const { policy, environment, proof, url } = facts;
  if (environment.mesh === 'none') return plan('process', 'declared', 'MESHWISE_MESH=none');
  if (environment.mesh === 'dapr')
    return plan('process', 'none', "Dapr's replies carry no mark", [...mayDouble(facts.dapr), ...retryCaveats(facts)]);
  const own = ownRule(facts);
  if ('obstacle' in own) return plan('process', 'none', own.obstacle);
  if (url !== undefined && !maySendOwner(policy, url)) {
    return plan('process', 'none', reasonNotToAsk(policy, url), retryCaveats(facts));
  }
  if (proof?.state === 'proven') {
    return plan('sidecar', 'reply', `the mark proves rule ${own.hash}`, [
      'Only calls that the rule covers are handed over; each of them proves itself anew',
      ...leftToSidecar('retry', policy),
    ]);
  }
  const contradiction = contradictionOf(proof);
  if (contradiction !== undefined) return plan('process', 'reply', contradiction, retryCaveats(facts));
  return plan('process', 'none', 'unproven: no reply has offered the rule', retryCaveats(facts));
}

function reasonNotToAsk(policy: Policy, url: URL): string {
  if (policy.mesh === false) return 'mesh: false in the policy';
  return url.protocol === 'https:'
    ? 'https: is opaque to a transparent sidecar'
    : 'the host is not known as one of your own';
}

/** What the process's own retries may meet on their way. */
function retryCaveats({ environment, meshFound, proof, mode, url, shown }: PlanFacts): string[] {
  if (environment.mesh === 'none' || url?.protocol === 'https:') return [];
  if (shown !== undefined) return caveatsOfRetries(shown, proof);
  const mesh = meshNamed(environment.mesh ?? meshFound);
  if (mode === 'process' && mesh === undefined) return [];
  if (proof?.state === 'proven' || proof?.saidOutOfDate === true) return [];
  const defaults = mesh === undefined ? [] : [shownDefaults(mesh)];
  return ["Unproven, not undoubled: retries of the mesh's own may multiply these", ...defaults];
}

function plan(
  owner: PlannedConcern['owner'],
  evidence: Evidence,
  why: string,
  caveats: readonly string[] = [],
): PlannedConcern {
  return Object.freeze({ owner, evidence, why, caveats: Object.freeze([...caveats]) });
}
