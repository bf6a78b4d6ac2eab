import type { ClientName, Realm } from './realm.ts';

/** `retry.bufferBody` in every cell; a `large` body is above it. */
export const BUFFER_BODY = 1024;

/** What a caller gives as a body, by what matters for sending it twice. */
export interface BodyKind {
  readonly name: string;
  readonly holds: 'nothing' | 'bytes in memory' | 'a form' | 'a stream';
  readonly size: 'small' | 'large';
  /** In the init, made by a function of the caller's for each attempt, or within a Request of the caller's. */
  readonly as: 'init' | 'factory' | 'Request';
  /** Why fetch refuses it; nothing is ever sent then. */
  readonly refused?: 'used' | 'of another realm';
  /** The FormData of Node given to the npm package's fetch, which by itself would send `[object FormData]`. */
  readonly foreignForm?: true;
  /** A new one each time. */
  make(realm: Realm): unknown;
}

const TEXT = 'grüße\0 an alle\r\n';
const SMALL = Uint8Array.from({ length: 256 }, (_, n) => n);
const LARGE = Uint8Array.from({ length: 3 * BUFFER_BODY }, (_, n) => (n * n) % 251);

/** Pulled, not pushed: a source that is asked for more only when somebody reads. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const chunks = thirds(bytes);
  return new ReadableStream(
    {
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* iterated(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* thirds(bytes);
}

function thirds(bytes: Uint8Array): Uint8Array[] {
  const third = Math.ceil(bytes.length / 3);
  return [0, 1, 2].map((n) => bytes.slice(n * third, (n + 1) * third));
}

function form(Form: typeof FormData, file: Uint8Array<ArrayBuffer>): FormData {
  const data = new Form();
  data.append('field', TEXT);
  data.append('"quoted" name\r', 'lone \r and lone \n');
  data.append('nameless', new File(['x'], ''));
  data.append('file', new Blob([file], { type: 'application/x-test' }), 'grüße "1".bin');
  return data;
}

function usedStream(): ReadableStream<Uint8Array> {
  const stream = streamOf(SMALL);
  void stream.cancel();
  return stream;
}

const small = { size: 'small', as: 'init' } as const;
const large = { size: 'large', as: 'init' } as const;

const GIVEN_IN_INIT: readonly BodyKind[] = [
  { ...small, name: 'nothing', holds: 'nothing', make: () => undefined },
  { ...small, name: 'a string', holds: 'bytes in memory', make: () => TEXT },
  { ...large, name: 'a large string', holds: 'bytes in memory', make: () => TEXT.repeat(BUFFER_BODY / 8) },
  { ...small, name: 'a Uint8Array', holds: 'bytes in memory', make: () => SMALL.slice() },
  { ...small, name: 'an ArrayBuffer', holds: 'bytes in memory', make: () => SMALL.slice().buffer },
  { ...small, name: 'a Blob', holds: 'bytes in memory', make: () => new Blob([SMALL], { type: 'application/x-test' }) },
  {
    ...small,
    name: 'URLSearchParams',
    holds: 'bytes in memory',
    make: () => new URLSearchParams({ a: '1 2', b: 'ü&' }),
  },
  { ...small, name: 'FormData', holds: 'a form', make: (realm) => form(realm.FormData, SMALL) },
  { ...large, name: 'a large FormData', holds: 'a form', make: (realm) => form(realm.FormData, LARGE) },
  { ...small, name: 'a ReadableStream', holds: 'a stream', make: () => streamOf(SMALL) },
  { ...large, name: 'a large ReadableStream', holds: 'a stream', make: () => streamOf(LARGE) },
  { ...small, name: 'an async iterable', holds: 'a stream', make: () => iterated(SMALL) },
  { ...large, name: 'a large async iterable', holds: 'a stream', make: () => iterated(LARGE) },
  { ...small, name: 'a used stream', holds: 'a stream', refused: 'used', make: usedStream },
];

const MADE_BY_A_FACTORY: readonly BodyKind[] = [
  { name: 'a factory of strings', holds: 'bytes in memory', size: 'small', as: 'factory', make: () => () => TEXT },
  {
    name: 'a factory of large streams',
    holds: 'a stream',
    size: 'large',
    as: 'factory',
    make: () => async () => streamOf(LARGE),
  },
];

const IN_A_REQUEST = new Set([
  'nothing',
  'a string',
  'a large string',
  'a Uint8Array',
  'a Blob',
  'FormData',
  'a ReadableStream',
  'a large ReadableStream',
]);

const WITHIN_A_REQUEST: readonly BodyKind[] = [
  ...GIVEN_IN_INIT.filter(({ name }) => IN_A_REQUEST.has(name)).map(
    (kind) => ({ ...kind, name: `a Request of ${kind.name}`, as: 'Request' }) as const,
  ),
  { ...small, name: 'a used Request', holds: 'bytes in memory', as: 'Request', refused: 'used', make: () => TEXT },
];

/** The npm package's fetch takes neither a Request nor a FormData of Node's: the first it refuses, in the second we help. */
const OF_ANOTHER_REALM: readonly BodyKind[] = [
  { ...small, name: "Node's FormData", holds: 'a form', foreignForm: true, make: () => form(FormData, SMALL) },
  { ...large, name: "Node's large FormData", holds: 'a form', foreignForm: true, make: () => form(FormData, LARGE) },
  {
    ...small,
    name: "Node's Request of a string",
    holds: 'bytes in memory',
    as: 'Request',
    refused: 'of another realm',
    make: () => TEXT,
  },
];

export function bodyKinds(client: ClientName): readonly BodyKind[] {
  const everywhere = [...GIVEN_IN_INIT, ...MADE_BY_A_FACTORY, ...WITHIN_A_REQUEST];
  return client === 'fetch' ? everywhere : [...everywhere, ...OF_ANOTHER_REALM];
}
