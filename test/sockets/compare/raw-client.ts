import { connect, type Socket } from 'node:net';
import { CALL_HEADER } from '../../../src/compare/processes/call-header.ts';

/** What a client without any politeness saw of one request. */
export interface Seen {
  /** Everything that came, as text. */
  readonly text: string;
  /** How the connection ended, where it did: in order, or by this error. */
  readonly end: 'kept' | 'closed' | string;
}

export interface RawRequest {
  readonly port: number;
  /** Without it: a request of the warm-up. */
  readonly call?: number;
  readonly method?: string;
  readonly body?: string;
}

/** Sends one request, and resolves when the response is complete or the connection has ended. */
export function rawRequest({ port, call, method = 'GET', body = '' }: RawRequest): Promise<Seen> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.on('connect', () => socket.write(requestText(method, body, call)));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (isComplete(text)) over('kept');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => over(error.code ?? error.message));
    socket.on('end', () => over('closed'));

    function over(end: string): void {
      resolve({ text, end });
      socket.destroy();
    }
  });
}

/** A connection that has sent a request and waits. */
export function waiting(port: number, call: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.write(requestText('GET', '', call), () => resolve(socket));
    });
  });
}

function requestText(method: string, body: string, call: number | undefined): string {
  const headers = [`${method} / HTTP/1.1`, 'host: upstream', `content-length: ${body.length}`];
  if (call !== undefined) headers.push(`${CALL_HEADER}: ${call}`);
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}

function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)$/im.exec(text)?.[1];
  return end >= 0 && length !== undefined && text.length - end - 4 >= Number(length);
}
