import { field, name } from '../envoy/admin/json-fields.ts';
import { type Recognition, recognition } from '../mesh.ts';
import { isListening, jsonIn, type PassiveSigns, type Question, type Signs } from '../signs.ts';

const DEFAULT_PORT = 3_500;

/** The injector sets DAPR_HTTP_PORT in every container (pkg/injector/patcher/sidecar_patcher.go). */
export function questions(signs: PassiveSigns): readonly Question[] {
  return announcedPort(signs) !== undefined || isListening(signs, DEFAULT_PORT) ? [metadata(signs)] : [];
}

export function recognise(signs: Signs): Recognition | undefined {
  const announced = announcedPort(signs);
  const question = metadata(signs);
  if (announced === undefined && !isListening(signs, question.port)) return undefined;
  const answer = signs.answerTo(question);
  const place = `127.0.0.1:${question.port}`;
  const set = announced === undefined ? [] : [`DAPR_HTTP_PORT=${announced}`];
  const ours = announced === undefined ? undefined : true;
  const version = name(field(jsonIn(answer), 'runtimeVersion'));
  // With a token it shows nothing more than this (daprd 1.18.3, run).
  const isLocked = answer?.status === 401 && answer.body.trim() === 'invalid api token';
  if (version !== undefined || isLocked) {
    const what = isLocked ? 'asks for an API token as daprd does' : `is daprd ${version}`;
    return recognition({ kind: 'sidecar', ours, version, evidence: [...set, `${place} ${what}`] });
  }
  // A changed Resiliency makes it refuse connections for some 10 ms: it is not gone.
  if (announced !== undefined) return recognition({ kind: 'sidecar', state: 'announced', ours, evidence: set });
  return recognition({ kind: 'stranger', evidence: [`${place} is open, and does not answer as daprd`] });
}

function announcedPort({ variables }: PassiveSigns): number | undefined {
  const port = Number(variables.get('DAPR_HTTP_PORT'));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

function metadata(signs: PassiveSigns): Question {
  return { port: announcedPort(signs) ?? DEFAULT_PORT, path: '/v1.0/metadata' };
}
