import { readFile } from 'node:fs/promises';

const HOSTS_FILE = '/etc/hosts';
/** A name of a service, at an address that ECS Service Connect has to itself. */
const ALIAS = /^\s*127\.255\.\d{1,3}\.\d{1,3}\s+([A-Za-z0-9][A-Za-z0-9.-]{0,252})\s*$/gm;

/** The names that ECS Service Connect wrote into the hosts file. */
export async function serviceConnectNames(file = HOSTS_FILE): Promise<readonly string[]> {
  const text = await readFile(file, 'latin1').catch(() => '');
  return [...text.matchAll(ALIAS)].map(([, name = '']) => name);
}
