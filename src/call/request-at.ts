/** The same Request for another URL, in its own realm: the npm package's fetch does not know Node's Request, nor the reverse. */
export function requestAt(request: Request, url: string): Request {
  const own: object = request;
  const OwnRequest = own instanceof Request ? Request : (own.constructor as typeof Request);
  return new OwnRequest(url, request);
}
