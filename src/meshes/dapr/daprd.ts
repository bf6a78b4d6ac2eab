const DEFAULT_PORT = 3_500;

/** This process's own daprd, as Dapr's injector and its SDKs have it in the environment. */
export class Daprd {
  readonly port: number;
  /** Without a slash at the end. Loopback, whatever the environment says: the token is for nobody else. */
  readonly origin: string;
  // Private, so that nothing prints it.
  readonly #token: string | undefined;

  /** Reads `DAPR_HTTP_PORT` (default 3500) and `DAPR_API_TOKEN`. */
  constructor(env: NodeJS.ProcessEnv) {
    const port = Number(env['DAPR_HTTP_PORT']);
    this.port = Number.isInteger(port) && port > 0 && port < 65_536 ? port : DEFAULT_PORT;
    this.origin = `http://127.0.0.1:${this.port}`;
    this.#token = env['DAPR_API_TOKEN']?.trim() || undefined;
  }

  /** What daprd demands of whoever calls its API. */
  get headers(): Readonly<Record<string, string>> | undefined {
    return this.#token === undefined ? undefined : { 'dapr-api-token': this.#token };
  }
}
