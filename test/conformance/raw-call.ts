import { request } from 'node:http';

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** By node:http: fetch sends neither `Expect` nor a header in two lines, and follows redirects. */
export function rawCall(
  url: string,
  options: { method: string; headers: Readonly<Record<string, string | string[]>>; body?: Buffer },
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const { method, headers, body } = options;
    const length: Record<string, string> = body === undefined ? {} : { 'content-length': String(body.length) };
    const outgoing = request(url, { method, headers: { ...headers, ...length }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: String(Buffer.concat(chunks)) }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    if ('expect' in headers) outgoing.on('continue', () => outgoing.end(body)).flushHeaders();
    else outgoing.end(body);
  });
}
