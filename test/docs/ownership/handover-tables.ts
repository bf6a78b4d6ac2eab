import { decideOwner, type NextStep, type OutgoingRequest, type Reply } from '../../../src/ownership/handover.ts';
import { RetryOwnership } from '../../../src/ownership/retry-ownership.ts';
import { retryRulesOf } from '../../../src/ownership/retry-rule.ts';
import type { Owner } from '../../../src/policy/conditions.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { markdownTable } from './markdown-table.ts';

const OWN = retryRulesOf(parsePolicy({ upstream: 'payments' }));
if ('obstacle' in OWN) throw new Error(OWN.obstacle);
const { rules } = OWN;
const [{ hash }] = rules;

const ORDINARY: OutgoingRequest = {
  method: 'GET',
  repeatable: true,
  bodySize: 0,
  streaming: false,
  expect: false,
  upgrade: false,
  override: false,
  budgetLeft: true,
  probe: false,
};

const REQUESTS: readonly (readonly [what: string, changes: Partial<OutgoingRequest>])[] = [
  ['GET, no body', {}],
  ['PUT, 1 MiB', { method: 'PUT', bodySize: 1_048_576 }],
  ['PUT, more', { method: 'PUT', bodySize: 1_048_577 }],
  ['PUT, a stream for a body', { method: 'PUT', bodySize: undefined }],
  ['POST', { method: 'POST', repeatable: false }],
  ['POST with an `Idempotency-Key`', { method: 'POST' }],
  ['QUERY', { method: 'QUERY' }],
  ['a stream is asked for', { streaming: true }],
  ['with `Expect`', { expect: true }],
  ['an upgrade', { upgrade: true }],
  ['by `payments.with(…)`', { override: true }],
  ['the retry budget has fewer retries left than the rule may make', { budgetLeft: false }],
  ['a probe of the half-open circuit', { probe: true }],
];

/** Of one upstream whose rule is proven: which calls are handed over, and why the others are not. */
export function callsTable(): string {
  const ownership = inState('proven');
  const rows = REQUESTS.map(([what, changes]) => {
    const { owner, why } = decideOwner(ownership.proof, { ...ORDINARY, ...changes }, ownership.own.rule);
    return [what, shownOwner(owner), why];
  });
  return markdownTable(['call', 'owner of its retries', 'why'], rows);
}

type State = 'unproven' | 'proven' | 'lost';

function inState(state: State): RetryOwnership {
  const ownership = new RetryOwnership({ rules, origin: 'http://payments:8080' });
  if (state !== 'unproven') ownership.received({ owner: 'process', method: 'GET' }, marked('process', hash), 0);
  if (state === 'lost') ownership.received({ owner: 'sidecar', method: 'GET' }, answered({}), 0);
  if (ownership.proof.state !== state) throw new Error(`no way into ${state}`);
  return ownership;
}

function answered(changes: Partial<Extract<Reply, { kind: 'response' }>>): Reply {
  return { kind: 'response', mark: undefined, redirected: false, retriedByRule: false, ...changes };
}

function marked(owner: Owner, ofRule: string, retriedByRule = false): Reply {
  return answered({ mark: { upstream: 'payments', owner, hashes: [ofRule] }, retriedByRule });
}

const REPLIES: readonly (readonly [state: State, sent: Owner, what: string, reply: Reply])[] = [
  ['unproven', 'process', 'a mark that offers our rule', marked('process', hash)],
  ['unproven', 'process', 'a mark that offers another', marked('process', '00000000')],
  ['unproven', 'process', 'no mark', answered({})],
  ['proven', 'sidecar', 'our mark; a failure that the rule retries', marked('sidecar', hash, true)],
  ['proven', 'sidecar', 'our mark; anything else', marked('sidecar', hash)],
  ['proven', 'sidecar', 'the hands-off mark', marked('process', hash)],
  ['proven', 'sidecar', 'no mark', answered({})],
  ['proven', 'sidecar', 'a redirect was followed', answered({ redirected: true })],
  ['proven', 'sidecar', 'connection refused', { kind: 'refused', refusals: 0, refusedFor: 0 }],
  ['proven', 'sidecar', 'connection refused for the 4th time', { kind: 'refused', refusals: 3, refusedFor: 300 }],
  ['proven', 'sidecar', 'nothing: reset, or the per-try timeout', { kind: 'reset' }],
  ['proven', 'sidecar', "the call's deadline, or the caller's abort", { kind: 'deadline' }],
  ['lost', 'process', 'a mark that offers our rule', marked('process', hash)],
];

const STEPS: Readonly<Record<NextStep, string>> = {
  return: 'the caller gets it',
  continue: 'the process makes the attempts that are left',
  'resend-any-method': 'sent again, whatever the method',
  'resend-once-as-process': 'sent again once at most, as `process`, if it may be repeated',
};

/** What each result of a call means for it, and for the calls after it. */
export function repliesTable(): string {
  const rows = REPLIES.map(([state, sent, what, reply]) => {
    const ownership = inState(state);
    const { attempts, next } = ownership.received({ owner: sent, method: 'GET' }, reply, 1);
    const counts = attempts === 'all' ? 'all of the rule' : 'one attempt';
    return [state, `\`${sent}\``, what, counts, STEPS[next], ownership.proof.state];
  });
  return markdownTable(['rule', 'sent as', 'came back', 'counts as', 'this call', 'rule, then'], rows);
}

function shownOwner(owner: Owner): string {
  return owner === 'sidecar' ? '**sidecar**' : owner;
}
