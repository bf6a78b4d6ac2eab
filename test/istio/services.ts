import { documents, fullName, NAMESPACE } from './mesh.ts';

/** A port of 127.0.0.1, and the labels by which a subset may choose it. */
export interface Endpoint {
  readonly port: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A host of the mesh, for Istio's own routes: a ServiceEntry's endpoints can have labels without pods. */
export function serviceEntry(host: string, port: number, endpoints: readonly Endpoint[]): string {
  return JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: host, namespace: NAMESPACE },
    spec: {
      hosts: [fullName(host)],
      location: 'MESH_INTERNAL',
      ports: [{ number: port, name: 'http', protocol: 'HTTP' }],
      resolution: 'STATIC',
      endpoints: endpoints.map(({ port: http, labels }) => ({ address: '127.0.0.1', ports: { http }, labels })),
    },
  });
}

/** A Service, to which an HTTPRoute can belong. */
export function kubernetesService(host: string, port: number, endpoint: number): string {
  const metadata = { name: host, namespace: NAMESPACE };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port, targetPort: endpoint, protocol: 'TCP' }] },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': host } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: endpoint, protocol: 'TCP' }],
  };
  return documents(JSON.stringify(service), JSON.stringify(slice));
}
