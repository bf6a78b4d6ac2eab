import * as undici from 'undici';
import { describe } from 'vitest';
import type { Web } from './behaviour.ts';
import { behavesAsBare } from './same-as-bare.ts';

describe('the wrapped fetch of undici', () => {
  // The package has types of its own for the same classes.
  behavesAsBare({ ...(undici as unknown as Omit<Web, 'agent'>), agent: () => undici.getGlobalDispatcher() });
});
