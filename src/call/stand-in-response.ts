import { TimeoutError } from './timeout-error.ts';

/** Says in a synthetic response which error it stands for. */
export const ERROR_HEADER = 'x-meshwise-error';

/**
 * What code that was written against a mesh expects in place of an error (`errors: 'response'`): 504 for a timeout,
 * 503 for everything else, as Envoy answers.
 */
export function standInResponse(error: unknown): Response {
  const timedOut = error instanceof TimeoutError;
  const code = (error as { code?: unknown } | null)?.code;
  return new Response(error instanceof Error ? error.message : String(error), {
    status: timedOut ? 504 : 503,
    statusText: timedOut ? 'Gateway Timeout' : 'Service Unavailable',
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      [ERROR_HEADER]: typeof code === 'string' ? code : 'MESHWISE_CONNECTION',
    },
  });
}
