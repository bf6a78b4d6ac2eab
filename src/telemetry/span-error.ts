/** Codes of Node, undici and meshwise: `ECONNREFUSED`, `UND_ERR_SOCKET`, `MESHWISE_CIRCUIT_OPEN`. */
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const NAME = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;

/** Errors nest: `TypeError: fetch failed` → cause → AggregateError (one per address) → the system error. */
const DEEPEST_CAUSE = 5;

/** `error.type`: the first code in the error and its causes, else the error's name; few different values in any case. */
export function errorType(error: unknown): string {
  const code = findInCauses(error, ({ code }) => (typeof code === 'string' && CODE.test(code) ? code : undefined));
  if (code !== undefined) return code;
  const name = typeof error === 'object' && error !== null ? (error as { name?: unknown }).name : undefined;
  return typeof name === 'string' && NAME.test(name) ? name : '_OTHER';
}

/**
 * The status description: the message of a system call's error (`connect ECONNREFUSED 10.0.0.3:8080`) and no other.
 * fetch quotes the value of a bad header in its message, and such values are secrets.
 */
export function errorDescription(error: unknown): string | undefined {
  return findInCauses(error, ({ syscall, message }) =>
    typeof syscall === 'string' && typeof message === 'string' && message !== '' ? message : undefined,
  );
}

function findInCauses<T>(error: unknown, look: (error: Record<string, unknown>) => T | undefined): T | undefined {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof current === 'object' && current !== null; depth++) {
    const fields = current as Record<string, unknown>;
    const found = look(fields);
    if (found !== undefined) return found;
    const { cause, errors } = fields;
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return undefined;
}
