import { type Recognition, recognition } from '../mesh.ts';
import { isListening, type PassiveSigns, type Question, type Signs } from '../signs.ts';
import { envoyAnswer } from './envoy-answer.ts';
import { isOwnIstioNode, namesThisHost } from './node-identity.ts';

/** The port of Envoy's own examples, and of `meshwise export envoy`. */
const ADMIN: Question = { port: 9_901, path: '/server_info' };

export function questions(signs: PassiveSigns): readonly Question[] {
  return isListening(signs, ADMIN.port) ? [ADMIN] : [];
}

/** An Envoy that nobody of the meshes has put here. Its node's id is whatever its operator wrote. */
export function recognise(signs: Signs): Recognition | undefined {
  if (!isListening(signs, ADMIN.port)) return undefined;
  const envoy = envoyAnswer(signs.answerTo(ADMIN));
  const place = `127.0.0.1:${ADMIN.port}`;
  if (envoy === undefined) {
    return recognition({ kind: 'stranger', evidence: [`${place} is open, and does not answer as an Envoy`] });
  }
  if (envoy.version === undefined) {
    return recognition({ kind: 'sidecar', state: 'announced', evidence: [`${place} is an Envoy that is not live`] });
  }
  return recognition({
    kind: 'sidecar',
    ours: isOwnIstioNode(envoy.nodeId, signs.host) ?? (namesThisHost(envoy.nodeId, signs.host) ? true : undefined),
    version: envoy.version,
    admin: ADMIN.port,
    evidence: [`${place} is the admin of Envoy ${envoy.version}, node ${envoy.nodeId ?? 'without an id'}`],
  });
}
