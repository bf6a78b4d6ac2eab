import type { Answer, Question, Signs, ThisHost } from '../../../src/meshes/signs.ts';

/** A pod as Kubernetes makes it. */
export const POD: ThisHost = { name: 'app-1', addresses: ['127.0.0.1', '::1', '10.0.0.7'] };

export interface SignsInput {
  readonly variables?: Readonly<Record<string, string>>;
  readonly listening?: readonly number[];
  /** By `port path`. */
  readonly answers?: Readonly<Record<string, Partial<Answer>>>;
  readonly serviceConnectNames?: readonly string[];
  readonly host?: ThisHost;
}

export function signsOf({
  variables = {},
  listening,
  answers = {},
  serviceConnectNames = [],
  host = POD,
}: SignsInput): Signs {
  return {
    variables: new Map(Object.entries(variables)),
    listening: listening === undefined ? undefined : new Set(listening),
    serviceConnectNames,
    host,
    answerTo: ({ port, path }: Question) => {
      const answer = answers[`${port} ${path}`];
      return answer && { status: 200, server: '', poweredBy: '', body: '', ...answer };
    },
  };
}

/** Of an Envoy 1.40, less its 120 kB of extensions. */
export function serverInfo(id: string | undefined, state = 'LIVE'): Partial<Answer> {
  const body = { version: '9e55809/1.40.0/Clean/RELEASE/BoringSSL', state, node: { id, cluster: 'shop' } };
  return { server: 'envoy', body: JSON.stringify(body) };
}

/** What nearly every program answers to any path. */
export const HELLO: Partial<Answer> = { server: 'nginx', body: '<html>hello</html>' };
