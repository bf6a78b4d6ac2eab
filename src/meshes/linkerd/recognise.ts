import { field } from '../envoy/admin/json-fields.ts';
import { type Recognition, recognition } from '../mesh.ts';
import { isListening, jsonIn, type PassiveSigns, type Question, type Signs } from '../signs.ts';

/** A variable of the proxy's own, which holds no secret (linkerd2-proxy, linkerd/app/admin/src/server.rs). */
const VARIABLE = 'LINKERD2_PROXY_INBOUND_LISTEN_ADDR';
const ENVIRONMENT: Question = { port: 4_191, path: `/env.json?${VARIABLE}` };
const READY: Question = { port: 4_191, path: '/ready' };
/** Outbound and inbound (charts/linkerd-control-plane/values.yaml). */
const CAPTURE = [4_140, 4_143];

export function questions(signs: PassiveSigns): readonly Question[] {
  return isListening(signs, ENVIRONMENT.port) ? [ENVIRONMENT, READY] : [];
}

export function recognise(signs: Signs): Recognition | undefined {
  if (!isListening(signs, ENVIRONMENT.port)) return undefined;
  const captures = CAPTURE.every((port) => isListening(signs, port));
  const ours = captures ? true : undefined;
  const admin = `127.0.0.1:${ENVIRONMENT.port}`;
  const also = captures ? [`listening on ${CAPTURE.join(', ')}`] : [];
  if (typeof field(jsonIn(signs.answerTo(ENVIRONMENT)), VARIABLE) === 'string') {
    // Many programs answer 200 to /ready; only together with the variable it says anything.
    const state = signs.answerTo(READY)?.status === 200 ? 'running' : 'announced';
    return recognition({ kind: 'sidecar', state, ours, evidence: [...also, `${admin} is a Linkerd proxy's admin`] });
  }
  if (captures) return recognition({ kind: 'sidecar', state: 'announced', ours, evidence: also });
  return recognition({ kind: 'stranger', evidence: [`${admin} is open, and does not answer as a Linkerd proxy`] });
}
