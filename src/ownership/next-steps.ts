import type { Concern } from '../policy/conditions.ts';
import { maySendOwner } from './own-upstream.ts';
import type { OwnRule, PlanFacts } from './plan-facts.ts';
import type { PlannedConcern } from './planned-concern.ts';
import { couldBeLeft } from './shown-by-sidecar.ts';

/** Why the process executes what was left to a sidecar, where there is none. */
export const NO_SIGN = 'no sign of a sidecar';

/** What the operator can do, a sentence each. */
export function nextSteps(
  facts: PlanFacts,
  own: OwnRule,
  concerns: Readonly<Record<Concern, PlannedConcern>>,
): string[] {
  const { policy, mode, environment, proof, url, shown } = facts;
  const mayAsk = url === undefined || maySendOwner(policy, url);
  const steps: string[] = [];
  if (Object.values(concerns).some(({ why }) => why === NO_SIGN)) {
    steps.push('If there is a sidecar, name its mesh in MESHWISE_MESH; if not, use mode process or auto');
  }
  if (mode === 'observe' && proof?.state === 'proven') {
    steps.push('MESHWISE_MODE=auto hands the retries over: the sidecar has the rule');
  }
  const isOffered = shown?.mark === 'offered';
  if (mode === 'observe' && isOffered && proof?.state !== 'proven') {
    steps.push(
      "MESHWISE_MODE=auto hands the retries over once a reply proves it: the sidecar's configuration has the rule",
    );
  }
  const looks = mode === 'auto' || mode === 'observe' || mode === 'mesh';
  const isWanted = environment.mesh !== 'none' && environment.mesh !== 'dapr' && concerns.retry.evidence !== 'declared';
  if (looks && 'hash' in own && mayAsk && isWanted && proof?.state !== 'proven' && !isOffered) {
    steps.push(
      proof?.saidOutOfDate === true || shown?.mark === 'out of date'
        ? `Export the policy again and apply it: the mesh does not offer rule ${own.hash}`
        : `meshwise export writes rule ${own.hash} for the mesh`,
    );
  }
  // The rule asks for no trust; the word does.
  if (mode === 'observe' && shown !== undefined) steps.push(...couldBeLeft(policy.upstream, shown.mark, concerns));
  return steps;
}
