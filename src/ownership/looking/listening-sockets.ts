import { open } from 'node:fs/promises';

/** The tables of this network namespace; anybody may read them. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Lines have 150 characters, and the kernel lists what listens first (tcp_ipv4.c, tcp_get_idx). */
const MOST_BYTES = 1024 * 1024;
/** TCP_LISTEN (include/net/tcp_states.h). */
const LISTEN_LINE = /^\s*\d+: (?:[0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm;

/**
 * The TCP ports on which something listens, whoever it is; nothing is connected to. `undefined`: this system has no
 * such table.
 */
export async function listeningPorts(tables: readonly string[] = TABLES): Promise<ReadonlySet<number> | undefined> {
  const texts = await Promise.all(tables.map(readStart));
  const readable = texts.filter((text) => text !== undefined);
  return readable.length === 0 ? undefined : new Set(readable.flatMap(portsIn));
}

export function portsIn(table: string): number[] {
  return [...table.matchAll(LISTEN_LINE)].map(([, port = '']) => Number.parseInt(port, 16));
}

/** Never all of it: a gateway has a million connections, and a read is answered by the kernel while it runs. */
async function readStart(path: string): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    while (bytes < MOST_BYTES) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536));
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    return Buffer.concat(parts).toString('latin1');
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
