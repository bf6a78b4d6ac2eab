import {
  createMeshwise,
  type FetchFunction,
  type FetchInput,
  type Meshwise,
  type MeshwiseRequestInit,
} from '../../src/index.ts';
import { OWNER_HEADER, ownedBySidecar } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../src/meshes/sidecar-rule.ts';
import type { AnsweringUpstream } from './answering-upstream.ts';
import { type Arm, BODY_BYTES, type Case, type SidecarArm } from './case.ts';
import type { NamedCase } from './exported-case.ts';
import type { Ports } from './rules-by-path.ts';
import { type Ended, endOf, gapsBetween, type Seen } from './seen.ts';

export interface Scene {
  readonly upstream: AnsweringUpstream;
  readonly ports: Ports;
  /** Of the sidecar's one listener. */
  readonly sidecar: number;
}

/** Several cases that can be played at the same time: they share connections, and nothing else. */
export class Arms {
  readonly #scene: Scene;
  readonly #process: Meshwise;
  readonly #auto: Meshwise;
  /** Attempts by path, as far as the client is told of them. */
  readonly #told = new Map<string, number>();

  constructor(cases: readonly NamedCase[], scene: Scene) {
    this.#scene = scene;
    const upstreams = Object.fromEntries(cases.map(({ name, settings }) => [name, settings]));
    const fetch: FetchFunction = (input, init) => this.#count(input, init);
    this.#process = createMeshwise({ env: {}, mode: 'process', upstreams, fetch });
    this.#auto = createMeshwise({ env: {}, mode: 'auto', upstreams, fetch });
  }

  async play(one: NamedCase, arm: Arm): Promise<Seen> {
    const { upstream } = this.#scene;
    const script = `${one.name}-${arm}`;
    const arrived = one.case.upstream === 'refused' ? undefined : upstream.script(script, one.case.upstream);
    const url = this.#urlOf(one, arm, script);
    if (arm === 'auto') await this.#offerRule(one);
    const started = performance.now();
    const ended = await this.#call(one, arm, url);
    const ms = performance.now() - started;
    upstream.forget(script);
    return {
      ...ended,
      attempts: arrived?.length ?? this.#told.get(url) ?? 0,
      gaps: gapsBetween(arrived ?? []),
      ms,
      faults: (arrived ?? []).flatMap(({ headers, bytes }, index) => [
        ...(headers[OWNER_HEADER] === undefined ? [] : [`attempt ${index + 1} shows ${OWNER_HEADER} to the upstream`]),
        ...(bytes === BODY_BYTES[one.case.request.body] ? [] : [`attempt ${index + 1} has a body of ${bytes} bytes`]),
      ]),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#process.close(), this.#auto.close()]);
  }

  #urlOf(one: NamedCase, arm: Arm, script: string): string {
    const { ports, sidecar } = this.#scene;
    const direct = one.case.upstream === 'refused' ? ports.refused : ports.live;
    return `http://127.0.0.1:${arm === 'process' ? direct : sidecar}/${one.name}/${script}`;
  }

  async #call(one: NamedCase, arm: Arm, url: string): Promise<Ended> {
    const init = requestOf(one.case);
    if (arm === 'process') return endOf(await this.#process.client(one.name)(url, init));
    if (arm === 'auto') return endOf(await this.#auto.client(one.name)(url, init));
    return endOf(await this.#count(url, bareInit(one, arm, init)));
  }

  /** The first reply shows `auto` that the sidecar has the rule. */
  async #offerRule(one: NamedCase): Promise<void> {
    const response = await this.#auto.client(one.name)(`http://127.0.0.1:${this.#scene.sidecar}/${one.name}/offer`);
    await response.arrayBuffer();
  }

  async #count(input: FetchInput, init?: RequestInit): Promise<Response> {
    const url = String(input);
    const add = (attempts: number) => this.#told.set(url, (this.#told.get(url) ?? 0) + attempts);
    try {
      const response = await fetch(input, init);
      // Envoy writes it on each reply of a route; what it refuses by itself is no attempt.
      add(
        Number(response.headers.get('x-envoy-attempt-count') ?? (response.headers.get('server') === 'envoy' ? 0 : 1)),
      );
      return response;
    } catch (error) {
      add(1);
      throw error;
    }
  }
}

function bareInit({ policy }: NamedCase, arm: SidecarArm, init: RequestInit): RequestInit {
  const rule = arm === 'marked' ? sidecarRule(policy, 'envoy') : undefined;
  if (rule === undefined) return init;
  return {
    ...init,
    headers: { ...(init.headers as Record<string, string>), [OWNER_HEADER]: ownedBySidecar(hashOf(rule)) },
  };
}

function requestOf({ request: { method, key, body } }: Case): MeshwiseRequestInit & RequestInit {
  const headers: Record<string, string> = key ? { 'idempotency-key': 'once' } : {};
  if (body === 'none') return { method, headers };
  const bytes = Buffer.alloc(BODY_BYTES[body], 'x');
  const streamed = body === 'stream' || body === 'long stream';
  return { method, headers, body: streamed ? streamOf(bytes) : bytes, ...(streamed && { duplex: 'half' }) };
}

/** In parts, as streams come. */
function streamOf(bytes: Buffer): ReadableStream<Uint8Array> {
  const half = bytes.length / 2;
  return ReadableStream.from([new Uint8Array(bytes.subarray(0, half)), new Uint8Array(bytes.subarray(half))]);
}
