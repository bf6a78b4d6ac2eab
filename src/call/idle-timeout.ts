import type { Clock } from './clock.ts';
import { isTagged } from './is-tagged.ts';

/** What a clone would otherwise lose: the standard lets nobody construct a Response with these. */
const IDENTITY = ['url', 'redirected', 'type', 'status', 'statusText', 'ok', 'headers'] as const;
const READS = ['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'] as const;

/**
 * Calls `silent` when the server has sent nothing for `ms` while a read is pending; a slow reader is not a silent
 * server. The caller keeps the real Response: its body and the ways to read it are own properties over a stream that
 * reads the original only when it is read itself.
 */
export function watchSilence(response: Response, ms: number, silent: () => void, clock: Clock): void {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const body = new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        const timer = clock.setTimer(silent, ms);
        try {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            controller.byobRequest?.respond(0);
          } else controller.enqueue(value);
        } finally {
          clock.clearTimer(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const watched = new (classOf(response))(body, { headers: typeOf(response) });
  define(response, 'body', { get: () => watched.body });
  define(response, 'bodyUsed', { get: () => watched.bodyUsed });
  for (const name of READS) define(response, name, { value: () => watched[name]() });
  define(response, 'clone', { value: () => cloned(() => watched.clone(), response) });
}

/** All that reading asks the headers for. Not the rest of them: a lenient parser lets through what Headers refuses. */
function typeOf({ headers }: Response): Record<string, string> {
  const type = headers.get('content-type');
  return type === null ? {} : { 'content-type': type };
}

/** The npm package's fetch has a Response of its own. */
function classOf(response: Response): typeof Response {
  const foreign = !(response instanceof Response) && isTagged(response, 'Response');
  return foreign ? ((response as Response).constructor as typeof Response) : Response;
}

function cloned(copy: () => Response, original: Response): Response {
  const clone = copy();
  for (const name of IDENTITY) define(clone, name, { value: original[name] });
  const again = clone.clone.bind(clone);
  define(clone, 'clone', { value: () => cloned(again, original) });
  return clone;
}

function define(target: Response, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(target, name, { configurable: true, ...property });
}
