/** NO_COLOR (no-color.org) counts when it is not empty; what is piped is plain. */
export function hasColor(stream: NodeJS.WritableStream, env: NodeJS.ProcessEnv): boolean {
  return 'isTTY' in stream && stream.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}
