import { isDeepStrictEqual } from 'node:util';
import type { Cell } from './cells.ts';
import type { ExpectedOutcome } from './expected-cell.ts';
import { type Ending, PlayedCell } from './played-cell.ts';
import { COMPLETE, type RecordingUpstream } from './recording-upstream.ts';
import { type Bare, type BareFetches, wireOf } from './wire.ts';

/** Plays one cell and tells what differs from what was expected: nothing, if all is well. */
export async function differencesOf(
  cell: Cell,
  upstream: RecordingUpstream,
  bareFetches: BareFetches,
): Promise<readonly string[]> {
  const bare = await bareFetches.of(cell.client, cell.method, cell.body);
  const played = new PlayedCell(cell, upstream);
  const ending = await played.play();
  const left = await played.leftBehind();
  const { expected } = played;
  const differences = left.map((what) => `left behind: ${what}`);
  const { requests } = played.channel;
  if (played.attempts !== expected.attempts) differences.push(`${played.attempts} attempts, not ${expected.attempts}`);
  if (requests.length !== expected.requests) differences.push(`${requests.length} requests, not ${expected.requests}`);
  if (played.failures !== expected.failures) differences.push(`${played.failures} failures, not ${expected.failures}`);
  if (!isExpected(ending, expected.outcome, played, bare))
    differences.push(`ended with ${describe(ending)}, not ${JSON.stringify(expected.outcome)}`);
  if (played.endedAtOnce === false) differences.push('had not ended one turn after the abort');
  differences.push(...wireDifferences(played, bare));
  return differences;
}

function isExpected(ending: Ending, outcome: ExpectedOutcome, played: PlayedCell, bare: Bare): boolean {
  const failure = 'error' in ending ? ending.error : 'error' in ending.body ? ending.body.error : undefined;
  const { code, scope, cause } = (failure ?? {}) as { code?: unknown; scope?: unknown; cause?: { code?: unknown } };
  switch (outcome.kind) {
    case 'response':
      return (
        'response' in ending &&
        ending.response.status === outcome.status &&
        'text' in ending.body &&
        ending.body.text === COMPLETE
      );
    case 'broken body':
      return 'response' in ending && ending.response.status === 200 && failure instanceof TypeError;
    case 'network error':
      return 'error' in ending && failure instanceof TypeError && outcome.codes.includes(String(cause?.code));
    case 'timeout':
      return 'error' in ending && code === 'MESHWISE_TIMEOUT' && scope === outcome.scope;
    case 'reason':
      return failure === played.reason;
    case 'as bare':
      return 'error' in ending && 'error' in bare && String(failure) === bare.error;
  }
}

/** Every attempt carries what a bare fetch would send, and all attempts of a call the same to the last byte. */
function wireDifferences({ channel, given }: PlayedCell, bare: Bare): readonly string[] {
  const differences: string[] = [];
  const { requests } = channel;
  for (const [index, request] of requests.entries()) {
    const wire = wireOf(request);
    if (!('wire' in bare) || !isDeepStrictEqual(wire, bare.wire))
      differences.push(`request ${index + 1} is ${JSON.stringify(wire)}, a bare fetch's ${JSON.stringify(bare)}`);
    if (!request.body.equals(requests[0]?.body ?? Buffer.alloc(0)))
      differences.push(`request ${index + 1} has other bytes than the first`);
  }
  const input = given?.input;
  const isRequest = typeof input === 'object' && 'bodyUsed' in input;
  if (isRequest && requests.length > 0 && input.body !== null && !input.bodyUsed)
    differences.push('the Request is not used');
  return differences;
}

function describe(ending: Ending): string {
  if ('error' in ending) return String(ending.error);
  const { response, body } = ending;
  return `${response.status} and ${'text' in body ? JSON.stringify(body.text) : String(body.error)}`;
}
