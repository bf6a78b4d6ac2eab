import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/**
 * Collects what nobody holds. A WeakRef holds on until the turn in which it was made has ended, and what is only held
 * for a FinalizationRegistry goes some turns after what it waits for.
 */
export async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    gc();
  }
}
