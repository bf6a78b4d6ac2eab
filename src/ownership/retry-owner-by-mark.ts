import type { Clock } from '../call/clock.ts';
import type { OwnedReply, OwnedRequest, OwnerVerdict, RetryOwner, ToldByReply } from '../call/retry-owner.ts';
import { sidecarRetries } from '../meshes/envoy/residual.ts';
import { OWNER_HEADER, parseMark } from '../meshes/mark.ts';
import { retriedOn } from '../meshes/sidecar-rule.ts';
import type { Owner } from '../policy/conditions.ts';
import type { Reply, SentRequest } from './handover.ts';
import type { RetryOwnership } from './retry-ownership.ts';

export interface MarkedCalls {
  readonly ownership: RetryOwnership;
  /** False: ask for hands-off and look at the marks, but hand nothing over (`observe`). */
  readonly handsOver: boolean;
  /** The policy of these calls differs from the exported one. */
  readonly override: boolean;
  readonly streaming: boolean;
  readonly clock: Clock;
}

/** Owner in, mark out: asks for the rule call by call, and takes from each reply what really ran. */
export class RetryOwnerByMark implements RetryOwner<Response> {
  readonly #calls: MarkedCalls;

  constructor(calls: MarkedCalls) {
    this.#calls = calls;
  }

  decide({ method, repeatable, bodySize, headers, budgetLeft, probe }: OwnedRequest): Owner {
    const { ownership, handsOver, override, streaming } = this.#calls;
    if (!handsOver) return 'process';
    return ownership.decide({
      method,
      repeatable,
      bodySize,
      streaming: streaming || (headers.get('accept')?.includes('text/event-stream') ?? false),
      expect: headers.has('expect'),
      upgrade: headers.has('upgrade') || method === 'CONNECT',
      override,
      budgetLeft,
      probe,
    }).owner;
  }

  headerFor(owner: Owner): string {
    return this.#calls.ownership.headerFor(owner);
  }

  sidecarRefuses(): boolean {
    const { ownership, clock } = this.#calls;
    return ownership.sidecarIsThere(clock.now());
  }

  /** The mark on the reply, not our wish, says what ran; after a redirect it may be another hop's. */
  told(response: Response, asked: Owner): ToldByReply {
    if (response.redirected) return { owner: asked, mark: undefined, byRule: false };
    const value = response.headers.get(OWNER_HEADER);
    const mark = parseMark(value);
    const { rule, hash } = this.#calls.ownership.ruleIn(mark);
    const byRule = mark !== undefined && mark.upstream === rule.upstream && mark.hashes.includes(hash);
    return {
      owner: byRule && mark.owner === 'sidecar' && asked === 'sidecar' ? 'sidecar' : 'process',
      mark: mark === undefined ? undefined : (value ?? undefined),
      byRule,
    };
  }

  received(sent: SentRequest, reply: OwnedReply<Response>): OwnerVerdict {
    const { ownership, clock } = this.#calls;
    return ownership.received(
      sent,
      reply.kind === 'result' ? this.#read(reply.value, sent.method) : reply,
      clock.now(),
    );
  }

  #read(response: Response, method: string): Reply {
    const mark = parseMark(response.headers.get(OWNER_HEADER));
    const { rule } = this.#calls.ownership.ruleIn(mark);
    return {
      kind: 'response',
      mark,
      redirected: response.redirected,
      // In every dialect the rule says what Envoy really makes of it (`sidecarRule`), so the residual is Envoy's (run).
      retriedByRule: sidecarRetries({ on: retriedOn(rule, method) }, { status: response.status, local: undefined }),
    };
  }
}
