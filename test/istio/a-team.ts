import { NAMESPACE } from './mesh.ts';

/** What the team that owns `payments` has in the mesh for it, whatever meshwise may add. */
export const TEAM = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: payments, namespace: ${NAMESPACE} }
spec:
  host: payments
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: payments, namespace: ${NAMESPACE} }
spec:
  hosts: [payments]
  exportTo: ["."]
  http:
    - name: canary
      match: [{ headers: { x-user: { exact: beta } } }]
      route: [{ destination: { host: payments, subset: v2 } }]
    - name: weighted
      match: [{ uri: { prefix: /weighted } }]
      route:
        - { destination: { host: payments, subset: v1 }, weight: 50 }
        - { destination: { host: payments, subset: v2 }, weight: 50, headers: { request: { set: { x-share: half } } } }
    - name: mirrored
      match: [{ uri: { prefix: /mirrored } }]
      route: [{ destination: { host: payments, subset: v1 } }]
      mirror: { host: audit }
      mirrorPercentage: { value: 100 }
    - name: delayed
      match: [{ uri: { prefix: /delayed } }]
      fault: { delay: { fixedDelay: 300ms, percentage: { value: 100 } } }
      route: [{ destination: { host: payments, subset: v1 } }]
    - name: aborted
      match: [{ uri: { prefix: /aborted } }]
      fault: { abort: { httpStatus: 418, percentage: { value: 100 } } }
      route: [{ destination: { host: payments, subset: v1 } }]
    - name: rewritten
      match: [{ uri: { prefix: /rewritten/ } }]
      rewrite: { uri: /new/ }
      headers: { request: { set: { x-team: rewritten } }, response: { set: { x-answer: rewritten } } }
      corsPolicy: { allowOrigins: [{ exact: "http://shop.example" }], allowMethods: [GET] }
      retries: { attempts: 1, retryOn: "503" }
      timeout: 3s
      route: [{ destination: { host: payments, subset: v2 } }]
    - name: either
      match: [{ uri: { prefix: /either } }, { headers: { x-either: { exact: "yes" } }, method: { exact: GET } }]
      route: [{ destination: { host: payments, subset: v2 } }]
    - name: moved
      match: [{ uri: { prefix: /moved } }]
      redirect: { uri: /elsewhere }
    - name: inner
      match: [{ uri: { prefix: /inner } }]
      headers: { request: { set: { x-team: root } } }
      delegate: { name: payments-inner }
    - name: rest
      route: [{ destination: { host: payments, subset: v1 } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: payments-inner, namespace: ${NAMESPACE} }
spec:
  http:
    - name: ledger
      match: [{ uri: { prefix: /inner/ledger } }]
      route: [{ destination: { host: payments, subset: v2 } }]
    - name: other
      route: [{ destination: { host: payments, subset: v1 } }]
`;

/** A request that each rule of it takes. */
export interface TakenRequest {
  readonly rule: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly subset: 'v1' | 'v2';
  /** Attempts that the team's own rule makes of a GET that gets 503. Default: 1. */
  readonly attempts?: number;
  /** What the upstream is told of the rule. */
  readonly team?: string;
}

export const REQUESTS: readonly TakenRequest[] = [
  { rule: 'canary', path: '/', headers: { 'x-user': 'beta' }, subset: 'v2' },
  { rule: 'mirrored', path: '/mirrored/', subset: 'v1' },
  { rule: 'delayed', path: '/delayed/', subset: 'v1' },
  { rule: 'rewritten', path: '/rewritten/', subset: 'v2', attempts: 2, team: 'rewritten' },
  { rule: 'either, by its path', path: '/either/', subset: 'v2' },
  { rule: 'either, by its header', path: '/', headers: { 'x-either': 'yes' }, subset: 'v2' },
  { rule: 'ledger of the delegate', path: '/inner/ledger/', subset: 'v2', team: 'root' },
  { rule: 'other of the delegate', path: '/inner/', subset: 'v1', team: 'root' },
  { rule: 'rest', path: '/', subset: 'v1' },
];
