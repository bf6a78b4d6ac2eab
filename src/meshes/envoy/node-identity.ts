import type { ThisHost } from '../signs.ts';

/** Names of hosts are cut there by the kernel's limit; names of pods may be longer. */
const LONGEST_HOST_NAME = 63;

/**
 * Is an Istio proxy with this node id (`sidecar~10.0.0.7~app-1.shop~shop.svc.cluster.local`) the one beside this
 * process? It has to carry an address of ours and our host name, which is the pod's: a pod on its node's network sees
 * the Envoys of others. `undefined`: the id is no such one.
 */
export function isOwnIstioNode(id: string | undefined, host: ThisHost): boolean | undefined {
  const [type, address = '', workload = ''] = id?.split('~') ?? [];
  if (type !== 'sidecar' && type !== 'router') return undefined;
  const pod = workload.slice(0, Math.max(0, workload.lastIndexOf('.')));
  return type === 'sidecar' && host.addresses.includes(address) && isNameOf(pod, host.name);
}

/** The host's name may be complete (`app-1.web.shop.svc`), or cut. */
function isNameOf(pod: string, hostName: string): boolean {
  if (pod === '') return false;
  if (hostName.length >= LONGEST_HOST_NAME && pod.startsWith(hostName)) return true;
  return hostName === pod || hostName.startsWith(`${pod}.`);
}

/** Does the id contain an address or the name of this host at all? Other meshes have ids of their own making. */
export function namesThisHost(id: string | undefined, { name, addresses }: ThisHost): boolean {
  if (id === undefined) return false;
  return id.split(/[~/|@ ]/).some((part) => part === name || (addresses.includes(part) && !isLoopback(part)));
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
