import { markdownTable } from '../../bench/table.ts';

/** A figure that somebody else has measured and published. All of these were read where they stand. */
interface Published {
  readonly source: string;
  readonly url: string;
  readonly setUp: string;
  readonly figures: string;
}

const PUBLISHED: readonly Published[] = [
  {
    source: 'Istio, performance and scalability, text of 1.24',
    url: 'https://istio.io/latest/docs/ops/deployment/performance-and-scalability/',
    setUp: 'fortio, HTTP/1.1, 1 kB, 1,000 requests per second, mutual TLS, 2 proxy workers',
    figures: 'one sidecar: about 0.20 vCPU and 60 MB',
  },
  {
    source: 'Istio, the same page, text of 1.7',
    url: 'https://istio.io/v1.7/docs/ops/deployment/performance-and-scalability/',
    setUp: 'the same, 16 connections, both sidecars in the way',
    figures: 'p90 +2.76 ms, p99 +2.88 ms; with jitter in the load +1.72 and +1.91 ms; 0.5 vCPU and 50 MB per proxy',
  },
  {
    source: 'Istio, gRPC proxyless service mesh, 2021',
    url: 'https://istio.io/latest/blog/2021/proxyless-grpc/',
    setUp: 'fortio with gRPC on GKE; what the istio-proxy container uses',
    figures:
      'Envoy with mutual TLS: 341 mCPU and 67 MiB beside the client, 310 mCPU and 65 MiB beside the server; without a proxy, the agent alone: under 1 mCPU, 25 MiB',
  },
  {
    source: 'Linkerd, benchmarking Linkerd and Istio, 2021',
    url: 'https://linkerd.io/2021/11/29/linkerd-vs-istio-benchmarks-2021/',
    setUp:
      'Kinvolk’s harness on bare metal, emojivoto, 2,000 requests per second through several services, mutual TLS; “not absolute scores but relative ones”',
    figures:
      'median +6 ms (Linkerd 2.11.1), +17 ms (Istio 1.12.0) over 6 ms; most memory of a proxy 26 MB and 156 MB; most CPU time of a proxy 36 ms and 67 ms',
  },
  {
    source: 'Linkerd, Linkerd against Ambient, 2025',
    url: 'https://linkerd.io/2025/04/24/linkerd-benchmarks/',
    setUp: 'wrk2 on GKE, 100 connections, from outside the cluster, best 3 of 5 runs',
    figures: "at 200 requests per second Istio's sidecars: p99 +19.9 ms over none, +22.8 ms over Linkerd",
  },
];

/** What others have published, each with where it stands and how it was measured. */
export function publishedTable(): string {
  return markdownTable({
    head: ['source', 'how', 'figures'],
    rows: PUBLISHED.map(({ source, url, setUp, figures }) => [`[${source}](${url})`, setUp, figures]),
  });
}
