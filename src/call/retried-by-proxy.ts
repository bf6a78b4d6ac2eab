import { isTagged } from './is-tagged.ts';

/** Envoy's text for a request that it has sent again itself, and that was refused or reset every time (1.40, run). */
const RETRIED = 'retried and the latest reset reason';

/** Its longest text of this kind has some 200 bytes; nobody waits for more. */
const LONGEST = 512;

/**
 * Does this reply say that a proxy has retried already? Only its own replies to connection failures and resets do, and
 * a status 503 or 502 that came from the upstream is not read. What the caller gets stays whole: a copy is read.
 */
export async function saysThatItRetried(value: unknown): Promise<boolean> {
  if (!isTagged(value, 'Response') || !mayBeEnvoysOwn(value as Response)) return false;
  try {
    return (await (value as Response).clone().text()).includes(RETRIED);
  } catch {
    return false;
  }
}

/** Envoy's own replies are short plain text, and have no time that an upstream took. */
function mayBeEnvoysOwn({ status, headers, bodyUsed, body }: Response): boolean {
  if ((status !== 503 && status !== 502) || bodyUsed || body === null || body.locked) return false;
  const length = headers.get('content-length');
  return (
    length !== null &&
    Number(length) <= LONGEST &&
    headers.get('content-type') === 'text/plain' &&
    !headers.has('x-envoy-upstream-service-time')
  );
}
