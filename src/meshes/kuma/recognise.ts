import { type Recognition, recognition } from '../mesh.ts';
import { isListening, type PassiveSigns, type Question, type Signs } from '../signs.ts';

/** kuma-dp's own readiness; since 2.14 Envoy's admin is a socket (app/kuma-dp/pkg/dataplane/readiness/component.go). */
const READY: Question = { port: 9_902, path: '/ready' };
const CAPTURE = [15_001, 15_006];

export function questions(signs: PassiveSigns): readonly Question[] {
  return isListening(signs, READY.port) ? [READY] : [];
}

export function recognise(signs: Signs): Recognition | undefined {
  if (!isListening(signs, READY.port)) return undefined;
  const captures = CAPTURE.every((port) => isListening(signs, port));
  const answer = signs.answerTo(READY);
  const says = answer?.body.trim() ?? '';
  const place = `127.0.0.1:${READY.port}/ready`;
  // It says READY itself, or passes on what Envoy says: that could be any Envoy, but none that captures here as well.
  const isKuma = answer?.poweredBy === 'kuma-dp' || (captures && says === 'LIVE' && answer?.server === 'envoy');
  if (isKuma) {
    return recognition({
      kind: 'sidecar',
      state: answer.status === 200 ? 'running' : 'announced',
      ours: captures ? true : undefined,
      evidence: [...(captures ? [`listening on ${CAPTURE.join(', ')}`] : []), `${place} is kuma-dp`],
    });
  }
  return recognition({ kind: 'stranger', evidence: [`${place} does not answer as kuma-dp`] });
}
