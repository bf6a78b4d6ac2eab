/** Go's `net/url` lets them stand where nothing in the path has to be escaped, and escapes some of them where anything has. */
const STANDS_UNESCAPED = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/]*$/;
const ESCAPED_BY_GO = /[^A-Za-z0-9\-._~$&+,:;=@/]/gu;

/**
 * The path that an app sees when it is invoked through Dapr by this one; `undefined` where daprd refuses it, or
 * decodes it twice. daprd
 * decodes the path, resolves it as a file name (`//`, dots, a slash at the end), and lets Go's `net/url` encode it anew
 * (daprd 1.18.3: `pkg/api/http/directmessaging.go`, `pkg/messaging/method/normalize.go`; run with every byte).
 */
export function pathAsItArrives(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // No UTF-8: gRPC between the sidecars refuses it.
    return undefined;
  }
  if (isRefused(decoded)) return undefined;
  const clean = `/${cleaned(decoded)}`;
  return STANDS_UNESCAPED.test(clean) ? clean : clean.replace(ESCAPED_BY_GO, percentEncoded);
}

/** `#`, `?` and control characters; a `%` would be decoded twice. */
function isRefused(decoded: string): boolean {
  return (
    /[#?%\p{Cc}]/u.test(decoded) && [...decoded].some((character) => character < ' ' || '#?%\u007f'.includes(character))
  );
}

/** Go's `path.Clean` of a path without a slash before it. */
function cleaned(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function percentEncoded(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
