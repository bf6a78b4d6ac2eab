// meshwise's events as log lines: of every client in the process, also of wrapFetch's and of meshwise/register's.
import { subscribe } from 'node:diagnostics_channel';
import type { EventName } from 'meshwise';
import type { Logger } from 'pino';

/** How loud each is. `call` and `attempt` come with every call: for debugging. */
const LEVELS = {
  call: 'debug',
  attempt: 'debug',
  retry: 'info',
  'retry-refused': 'warn',
  'retry-budget-exhausted': 'warn',
  timeout: 'warn',
  'circuit-open': 'error',
  'circuit-half-open': 'info',
  'circuit-close': 'info',
  'circuit-rejected': 'warn',
  'concurrency-rejected': 'warn',
  doubled: 'warn',
  'owner-changed': 'info',
  warning: 'warn',
} as const satisfies Record<EventName, string>;

/** Logs what the logger's level lets through; nothing is subscribed to, and so nothing built, for the rest. */
export function logEvents(logger: Logger): void {
  for (const [name, level] of Object.entries(LEVELS)) {
    if (logger.isLevelEnabled(level)) subscribe(`meshwise:${name}`, (event) => logger[level](event, name));
  }
}
