import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ClientKind } from '../arms/arm.ts';
import type { CallUpstream } from '../arms/clients/client.ts';
import { clientsOf } from '../arms/clients/clients.ts';
import type { Target } from '../measure/generator.ts';
import { ownUsage, type Usage } from '../measure/process-usage.ts';
import { CALL_HEADER } from './call-header.ts';
import { serveParent } from './served-parent.ts';

/** What a tier's process is asked, in this order. Each question has one answer. */
export type TierQuestion =
  | { readonly ask: 'listen' }
  /** Where its own calls go; from now on it can be called. */
  | { readonly ask: 'connect'; readonly client: ClientKind; readonly next: Target }
  | { readonly ask: 'begin' }
  | { readonly ask: 'usage' };

export type TierAnswer =
  | { readonly answer: 'listening'; readonly port: number }
  | { readonly answer: 'connected' }
  | { readonly answer: 'begun' }
  | { readonly answer: 'usage'; readonly usage: Usage };

let cpuAtBegin = 0;
let next: { readonly client: CallUpstream; readonly url: string } | undefined;

serveParent<TierQuestion, TierAnswer>(async (question) => {
  switch (question.ask) {
    case 'listen':
      return { answer: 'listening', port: await listen() };
    case 'connect': {
      const { client, next: target } = question;
      next = { client: (await clientsOf(client)).of(target.policy, () => {}), url: target.url };
      return { answer: 'connected' };
    }
    case 'begin':
      cpuAtBegin = ownUsage().cpu;
      return { answer: 'begun' };
    case 'usage': {
      const { cpu, peakMemory } = ownUsage();
      return { answer: 'usage', usage: { cpu: cpu - cpuAtBegin, peakMemory } };
    }
  }
});

/** A service that does nothing but call the next one, and answers as that did. */
async function listen(): Promise<number> {
  const server = createServer((request, response) => void relay(request, response));
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', 2048, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const call = request.headers[CALL_HEADER];
  try {
    if (next === undefined) throw new Error('called before it was connected');
    const answer = await next.client(next.url, {
      method: request.method ?? 'GET',
      ...(body.length > 0 && { body }),
      ...(typeof call === 'string' && { headers: { [CALL_HEADER]: call } }),
    });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    // What a service says whose own dependency has failed: it is not there for its caller either.
    response.writeHead(isTimeout(error) ? 504 : 503, { 'content-length': 0 }).end();
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.includes('Timeout');
}
