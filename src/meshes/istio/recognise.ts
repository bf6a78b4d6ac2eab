import { envoyAnswer } from '../envoy/envoy-answer.ts';
import { isOwnIstioNode } from '../envoy/node-identity.ts';
import { type Recognition, recognition } from '../mesh.ts';
import { isListening, type PassiveSigns, type Question, type Signs } from '../signs.ts';

/*
 * Istio puts no variable into the application's container. Its ports: 15000 Envoy's admin, 15001 and 15006 captured
 * traffic, 15008 HBONE, 15020 agent, 15021 health, 15090 metrics (istio.io, application requirements;
 * tools/packaging/common/envoy_bootstrap.json).
 */
const ADMIN: Question = { port: 15_000, path: '/server_info' };
const HEALTH: Question = { port: 15_021, path: '/healthz/ready' };
const CAPTURE = [15_001, 15_006];
const HBONE = 15_008;
/** Which ztunnel does not have. */
const OF_A_SIDECAR = [15_000, 15_020, 15_021, 15_090];
/** Kuma captures on the same ports as Istio. */
const OF_KUMA = [9_901, 9_902];

export function questions(signs: PassiveSigns): readonly Question[] {
  return [ADMIN, HEALTH].filter(({ port }) => isListening(signs, port));
}

export function recognise(signs: Signs): Recognition | undefined {
  return bySidecar(signs) ?? byAmbient(signs) ?? byProxyless(signs) ?? byStranger(signs);
}

function bySidecar(signs: Signs): Recognition | undefined {
  const captures = CAPTURE.every((port) => isListening(signs, port));
  const envoy = envoyAnswer(signs.answerTo(ADMIN));
  const ours = isOwnIstioNode(envoy?.nodeId, signs.host);
  if (envoy !== undefined && ours !== undefined) {
    const node = `127.0.0.1:${ADMIN.port} is the admin of Envoy ${envoy.version}, node ${envoy.nodeId}`;
    const evidence = [...(captures ? [shownCapture()] : []), node];
    return recognition({ kind: 'sidecar', ours, version: envoy.version, admin: ADMIN.port, evidence });
  }
  const there = OF_A_SIDECAR.filter((port) => isListening(signs, port));
  if (!captures || there.length === 0) return undefined;
  const evidence = [shownCapture(), `and on ${there.join(', ')}`];
  const health = signs.answerTo(HEALTH);
  // The health port is a listener of Envoy's, in front of the agent.
  const isReady = health?.status === 200 && health.server === 'envoy';
  return recognition({ kind: 'sidecar', state: isReady ? 'running' : 'announced', evidence });
}

/** ztunnel listens inside the pod, too, and "very intentionally does not offer L7" (architecture/ambient/ztunnel.md). */
function byAmbient(signs: Signs): Recognition | undefined {
  const others = [...OF_A_SIDECAR, ...OF_KUMA].some((port) => isListening(signs, port));
  if (others || ![...CAPTURE, HBONE].every((port) => isListening(signs, port))) return undefined;
  return recognition({ kind: 'ambient', evidence: [`${shownCapture()}, ${HBONE}, and no port of a sidecar does`] });
}

/** injection-template grpc-agent.yaml: gRPC only, HTTP is not proxied. */
function byProxyless({ variables }: Signs): Recognition | undefined {
  if (!variables.has('GRPC_XDS_BOOTSTRAP')) return undefined;
  return recognition({ kind: 'proxyless', ours: true, evidence: ['GRPC_XDS_BOOTSTRAP is set'] });
}

function byStranger(signs: Signs): Recognition | undefined {
  if (!isListening(signs, ADMIN.port)) return undefined;
  const what = signs.answerTo(ADMIN) === undefined ? 'does not answer' : "does not answer as Istio's Envoy";
  return recognition({ kind: 'stranger', evidence: [`127.0.0.1:${ADMIN.port} is open, and ${what}`] });
}

function shownCapture(): string {
  return `listening on ${CAPTURE.join(', ')}`;
}
