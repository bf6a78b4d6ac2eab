import { envoyAnswer } from '../envoy/envoy-answer.ts';
import { isOwnIstioNode, namesThisHost } from '../envoy/node-identity.ts';
import { type Recognition, recognition } from '../mesh.ts';
import { isListening, type PassiveSigns, type Question, type Signs } from '../signs.ts';

/** The first proxy of a pod (consul-k8s); more of them have the ports after it. */
const ADMIN: Question = { port: 19_000, path: '/server_info' };

export function questions(signs: PassiveSigns): readonly Question[] {
  return isListening(signs, ADMIN.port) ? [ADMIN] : [];
}

/** Only explicit upstreams are announced (consul-k8s, connect-inject/webhook/container_env.go); captured traffic is not. */
export function recognise(signs: Signs): Recognition | undefined {
  const announced = [...signs.variables]
    .filter(([variable, value]) => variable.endsWith('_CONNECT_SERVICE_HOST') && value === '127.0.0.1')
    .map(([variable]) => `${variable}=127.0.0.1`);
  const envoy = envoyAnswer(signs.answerTo(ADMIN));
  const place = `127.0.0.1:${ADMIN.port}`;
  if (envoy?.version !== undefined && isOwnIstioNode(envoy.nodeId, signs.host) === undefined) {
    return recognition({
      kind: 'sidecar',
      ours: announced.length > 0 || namesThisHost(envoy.nodeId, signs.host) ? true : undefined,
      version: envoy.version,
      admin: ADMIN.port,
      evidence: [
        ...announced,
        `${place} is the admin of Envoy ${envoy.version}, node ${envoy.nodeId ?? 'without an id'}`,
      ],
    });
  }
  if (announced.length > 0) {
    return recognition({ kind: 'sidecar', state: 'announced', ours: true, evidence: announced });
  }
  if (!isListening(signs, ADMIN.port)) return undefined;
  return recognition({ kind: 'stranger', evidence: [`${place} is open, and does not answer as Consul's Envoy`] });
}
