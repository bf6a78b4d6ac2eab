import { NAMESPACE } from './mesh.ts';

/** What a team has for the Service `payments` in the words of the Gateway API, as an API server gives it back: with every path. */
export const CANARY = (port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: payments, namespace: ${NAMESPACE} }
spec:
  parentRefs: [{ group: "", kind: Service, name: payments, port: ${port} }]
  rules:
    - name: canary
      matches: [{ path: { type: PathPrefix, value: / }, headers: [{ name: x-user, value: beta }] }]
      filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-team, value: canary }] } }]
      backendRefs: [{ name: payments-canary, port: ${port} }]
    - name: weighted
      matches: [{ path: { type: PathPrefix, value: /weighted } }]
      backendRefs: [{ name: payments, port: ${port}, weight: 50 }, { name: payments-canary, port: ${port}, weight: 50 }]
    - name: rest
      matches: [{ path: { type: PathPrefix, value: / } }]
      backendRefs: [{ name: payments, port: ${port} }]
`;
