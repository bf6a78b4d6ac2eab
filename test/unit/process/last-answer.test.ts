import { expect, it } from 'vitest';
import { createMeshwise, type Meshwise } from '../../../src/index.ts';
import { collectGarbage } from '../../regressions/collect-garbage.ts';

const MOST_COLLECTIONS = 20;

/** In a function of its own, so that nothing of the call is left on the stack of who waits for its collection. */
async function answered(meshwise: Meshwise): Promise<WeakRef<Response>> {
  return new WeakRef(await meshwise.client('payments')('http://payments.test/'));
}

it('the last response of a process that makes no more calls is collected', async () => {
  const fetch = async () => new Response('read by nobody');
  const meshwise = createMeshwise({ env: {}, fetch, upstreams: { payments: { tracing: 'off' } } });
  const response = await answered(meshwise);
  for (let turn = 0; turn < MOST_COLLECTIONS && response.deref() !== undefined; turn++) await collectGarbage();
  expect(response.deref()).toBeUndefined();
});
