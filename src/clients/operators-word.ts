import { NO_SIGN } from '../ownership/next-steps.ts';
import type { Plan } from '../ownership/plan.ts';
import { CONCERNS } from '../policy/conditions.ts';
import type { Problem } from '../policy/config-error.ts';
import type { Instance } from './instance.ts';

/** What an operator says of a sidecar and is not so, and the code under which it is told. */
interface Untrue extends Problem {
  readonly code: 'MESHWISE_NO_SIDECAR' | 'MESHWISE_WORD_CONTRADICTED';
}

/**
 * Says once what of the operator's word is not so: the process executes it. No call waits for that.
 *
 * @param later makes the plan anew: that there is no sidecar is not said before anybody has looked
 */
export function tellUntrue(instance: Instance, plan: Plan, later: () => Plan): void {
  const untrue = untrueIn(plan);
  tell(instance, untrue, 'MESHWISE_WORD_CONTRADICTED');
  if (untrue.some(({ code }) => code === 'MESHWISE_NO_SIDECAR')) {
    instance.whenLooked(() => tell(instance, untrueIn(later()), 'MESHWISE_NO_SIDECAR'));
  }
}

function tell(instance: Instance, untrue: readonly Untrue[], only: Untrue['code']): void {
  for (const { code, path, message } of untrue) if (code === only) instance.warn(code, `${path}: ${message}`);
}

/** That there is no sidecar is told once, of whatever concern. */
export function untrueIn({ upstream, concerns }: Plan): Untrue[] {
  const [unseen] = CONCERNS.flatMap((concern) => (concerns[concern].why === NO_SIGN ? concerns[concern].caveats : []));
  return [
    ...(unseen === undefined ? [] : [{ code: 'MESHWISE_NO_SIDECAR' as const, path: upstream, message: unseen }]),
    ...CONCERNS.flatMap((concern): Untrue[] => {
      const { owner, evidence, why, caveats } = concerns[concern];
      if (owner !== 'process' || (evidence !== 'config-dump' && evidence !== 'metadata')) return [];
      return [{ code: 'MESHWISE_WORD_CONTRADICTED', path: `${upstream}.${concern}`, message: `${caveats[0]}: ${why}` }];
    }),
  ];
}
