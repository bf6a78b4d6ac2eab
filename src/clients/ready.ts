import type { UpstreamConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import { MAX_DURATION } from '../policy/duration.ts';
import { namedUrls } from '../policy/upstream-pattern.ts';
import type { Instance } from './instance.ts';
import { tellUntrue, untrueIn } from './operators-word.ts';
import { planOf } from './plan-of.ts';
import { tellDoubled } from './treatment.ts';

/**
 * Until it is known what of the operator's word is so: a mesh has been looked for, and its Envoy read where somebody
 * wants to know it, once each.
 *
 * @throws ConfigError under `MESHWISE_STRICT`, with everything that is not so.
 */
export async function ready(instance: Instance, upstreams: readonly UpstreamConfig[]): Promise<void> {
  if (instance.closed || instance.mode === 'off' || instance.mode === 'process') return;
  const { clock } = instance.around;
  // Looking and reading keep no process alive; whoever waits for them does.
  const waiting = clock.setTimer(() => {}, MAX_DURATION);
  try {
    await check(instance, upstreams);
  } finally {
    clock.clearTimer(waiting);
  }
}

async function check(instance: Instance, upstreams: readonly UpstreamConfig[]): Promise<void> {
  instance.look();
  if (instance.environment.mesh !== 'none') await instance.looked();
  const planned = upstreams.flatMap(({ policy, match }) => {
    const urls = namedUrls(match);
    return (urls.length === 0 ? [undefined] : urls).map((url) => ({ policy, url }));
  });
  const plans = () => planned.map(({ policy, url }) => planOf(instance, policy, url));
  // The first plans ask for the reading.
  plans();
  await instance.whenRead();
  const untrue = plans().flatMap(untrueIn);
  if (instance.environment.strict && untrue.length > 0) {
    throw new ConfigError(
      'environment',
      untrue.map(({ path, message }) => ({ path, message })),
    );
  }
  for (const { policy, url } of planned) {
    const make = () => planOf(instance, policy, url);
    const plan = make();
    tellUntrue(instance, plan, make);
    if (url !== undefined) tellDoubled(instance, policy, url, plan);
  }
}
