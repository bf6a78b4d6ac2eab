import {
  createMeshwise,
  type Meshwise,
  type MeshwiseOptions,
  type PolicySettings,
  type WrappedFetch,
} from '../../../src/index.ts';

/** No variable of the machine that runs the tests may matter. */
const NO_ENVIRONMENT: NodeJS.ProcessEnv = {};

/** A client with its own circuits, budgets and events, so that tests do not meet. Back-off is short: it is real time. */
export function aClient(
  settings: PolicySettings = {},
  options: MeshwiseOptions = {},
): { client: WrappedFetch; meshwise: Meshwise } {
  const retry = settings.retry === false ? false : { backoff: { base: 1, max: 2 }, ...settings.retry };
  const meshwise = createMeshwise({ env: NO_ENVIRONMENT, ...options, upstreams: { payments: { ...settings, retry } } });
  return { client: meshwise.client('payments'), meshwise };
}

/** The error that a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was fulfilled');
}

/** The end of a body is known a few microtasks after its reader knows it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
