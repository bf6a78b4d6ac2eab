import type { SidecarWord, WordReader } from '../../call/sidecar-word.ts';
import type { Owner } from '../../policy/conditions.ts';
import { field } from '../envoy/admin/json-fields.ts';
import { failureIn } from './error-message.ts';

/** Every error body of daprd's invocation begins so; what an app answers is seen to be none from its first bytes. */
const OPENING = '{"errorCode":"ERR_DIRECT_INVOKE"';
const LONGEST = 65_536;

/** Reads daprd's error bodies of calls to one app; everything else is the app's, or tells nothing, and stays unread. */
export class DaprReader implements WordReader {
  readonly #origin: string;
  readonly #app: string;
  readonly #owner: Owner;

  /** `origin` is daprd's, `owner` is who retries the calls. */
  constructor(origin: string, app: string, owner: Owner) {
    this.#origin = origin;
    this.#app = app;
    this.#owner = owner;
  }

  read(response: Response): Promise<SidecarWord | undefined> | undefined {
    if (response.status !== 500 || response.body === null || response.bodyUsed) return undefined;
    // A redirect may have led elsewhere; a fetch made for a test gives no URL.
    if (response.url !== '' && new URL(response.url).origin !== this.#origin) return undefined;
    return response.headers.get('content-type') === 'application/json' ? this.#readBody(response) : undefined;
  }

  async #readBody(response: Response): Promise<SidecarWord | undefined> {
    const text = await textOf(response.clone());
    const message = text === undefined ? undefined : field(parsed(text), 'message');
    const failure = typeof message === 'string' ? failureIn(message, this.#app) : undefined;
    return failure && { owner: this.#owner, author: 'sidecar', ...failure };
  }
}

/** Of a copy; `undefined` as soon as it is seen not to be daprd's. */
async function textOf({ body }: Response): Promise<string | undefined> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return text;
      text += decoder.decode(value as Uint8Array, { stream: true });
      const compared = Math.min(text.length, OPENING.length);
      if (text.slice(0, compared) !== OPENING.slice(0, compared) || text.length > LONGEST) {
        // Not waited for: a branch is cancelled when the other one is.
        void reader?.cancel().catch(() => undefined);
        return undefined;
      }
    }
  } catch {
    // A body that breaks off breaks off for its reader, too.
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
