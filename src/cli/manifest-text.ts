import { writeFile } from 'node:fs/promises';
import { ConfigError } from '../policy/config-error.ts';

export const FORMATS = ['yaml', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * Resources as a file. Envoy's reader takes `y`, `on`, `off`, `0123` and `~` for something other than strings (1.40,
 * run): so all strings are quoted.
 */
export async function manifestText(resources: readonly object[], format: Format): Promise<string> {
  if (format === 'json') {
    const [first] = resources;
    const whole = resources.length === 1 ? first : { apiVersion: 'v1', kind: 'List', items: resources };
    return `${JSON.stringify(whole, null, 2)}\n`;
  }
  const { stringify } = await import('yaml');
  const documents = resources.map((resource) =>
    stringify(resource, {
      defaultStringType: 'QUOTE_DOUBLE',
      defaultKeyType: 'PLAIN',
      aliasDuplicateObjects: false,
      lineWidth: 0,
    }),
  );
  return documents.join('---\n');
}

export async function writeManifest(text: string, output: string | undefined, stdout: NodeJS.WritableStream) {
  if (output === undefined) {
    stdout.write(text);
    return;
  }
  try {
    await writeFile(output, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigError('meshwise export', [{ path: '--output', message: `cannot be written (${code})` }], error);
  }
}
