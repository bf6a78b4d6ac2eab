import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { modulePath } from '../rounds.ts';

export interface StartedServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of the benchmark in a process of its own. */
export async function startServer(): Promise<StartedServer> {
  const server = spawn(process.execPath, [modulePath('fetch/server.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${line.toString().trim()}/`,
    stop: async () => {
      server.kill();
      await once(server, 'exit');
    },
  };
}
