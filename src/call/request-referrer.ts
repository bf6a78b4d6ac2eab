let keptByNode: boolean | undefined;

/**
 * Any init, and one with a signal of ours is one, takes its referrer from a Request (fetch standard: the Request
 * constructor, "if init is not empty"). Gives it back where a fetch without init would have sent it.
 */
export function keepReferrer(request: Request, init: RequestInit): void {
  if (!isKept(request)) return;
  init.referrer = request.referrer;
  init.referrerPolicy = request.referrerPolicy;
}

/** Node 24's undici 7 forgets the referrer whenever it copies a Request, undici 8 does not. */
function isKept(request: Request): boolean {
  if (!(request instanceof Request)) return (request as Request).referrer !== undefined;
  const referrer = 'http://referrer.invalid/';
  keptByNode ??= new Request(new Request('http://a.invalid/', { referrer })).referrer === referrer;
  return keptByNode;
}
