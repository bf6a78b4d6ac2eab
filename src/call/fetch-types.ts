/** What fetch takes as a body, as this runtime's own types have it. */
export type FetchBody = NonNullable<RequestInit['body']>;

/** A request body of ours beside those of fetch: called once per attempt, it makes a new body each time. */
export type BodyFactory = () => FetchBody | null | Promise<FetchBody | null>;

/** What fetch takes first. */
export type FetchInput = string | URL | Request;

/** fetch's second argument; `body` may also be a function that makes a new body for each attempt. */
export interface MeshwiseRequestInit extends Omit<RequestInit, 'body'> {
  body?: RequestInit['body'] | BodyFactory;
}

/** Any fetch: Node's, undici's, or one that somebody wrapped. */
export type FetchFunction = (input: FetchInput, init?: RequestInit) => Promise<Response>;
