import { ConfigError } from '../../policy/config-error.ts';

/** A call that Dapr would make into another one; nothing was sent. */
export function refusedByDapr(app: string, obstacle: string): ConfigError {
  const message = `${obstacle}; an upstream that needs it has to be called without Dapr (mesh: false)`;
  return new ConfigError(`a call to ${app} cannot go through Dapr`, [{ path: '', message }]);
}
