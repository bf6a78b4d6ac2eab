import { describe, expect, it } from 'vitest';
import { MESH_LIST } from '../../../src/meshes/list.ts';
import { shownDefaults } from '../../../src/meshes/mesh.ts';
import { HELLO, type SignsInput, serverInfo, signsOf } from './signs-of.ts';

/** The recognitions that are more than nothing: mesh, kind, state, whose. */
function recognised(input: SignsInput): (readonly [string, string, string, boolean | undefined])[] {
  return MESH_LIST.flatMap((mesh) => {
    const found = mesh.recognise(signsOf(input));
    return found === undefined ? [] : [[mesh.name, found.kind, found.state, found.ours] as const];
  });
}

function asked(input: SignsInput): string[] {
  return MESH_LIST.flatMap((mesh) =>
    mesh.questions(signsOf(input)).map(({ port, path }) => `${mesh.name} ${port} ${path}`),
  );
}

const OWN = 'sidecar~10.0.0.7~app-1.shop~shop.svc.cluster.local';
const ISTIO_PORTS = [8080, 15_000, 15_001, 15_004, 15_006, 15_020, 15_021, 15_090];
const ENV_JSON = '4191 /env.json?LINKERD2_PROXY_INBOUND_LISTEN_ADDR';

describe('recognition', () => {
  it.each<[string, SignsInput, ReturnType<typeof recognised>]>([
    ['nothing', { listening: [8080] }, []],
    ['a system that does not say who listens', {}, []],
    [
      'Istio, its Envoy live',
      { listening: ISTIO_PORTS, answers: { '15000 /server_info': serverInfo(OWN) } },
      [['istio', 'sidecar', 'running', true]],
    ],
    [
      "the node's Istio, seen from the node's network: another pod's address",
      { listening: ISTIO_PORTS, answers: { '15000 /server_info': serverInfo(OWN.replace('10.0.0.7', '10.0.0.8')) } },
      [['istio', 'sidecar', 'running', false]],
    ],
    [
      "the same with the node's own address: another pod's name",
      { listening: ISTIO_PORTS, answers: { '15000 /server_info': serverInfo(OWN.replace('app-1', 'app-2')) } },
      [['istio', 'sidecar', 'running', false]],
    ],
    [
      'an ingress gateway on the same host',
      { listening: ISTIO_PORTS, answers: { '15000 /server_info': serverInfo(OWN.replace('sidecar', 'router')) } },
      [['istio', 'sidecar', 'running', false]],
    ],
    [
      'Istio whose admin is closed and whose health port answers',
      { listening: [15_001, 15_006, 15_021], answers: { '15021 /healthz/ready': { server: 'envoy' } } },
      [['istio', 'sidecar', 'running', undefined]],
    ],
    ['Istio that is late', { listening: ISTIO_PORTS }, [['istio', 'sidecar', 'announced', undefined]]],
    [
      'Istio whose Envoy is not live',
      { listening: ISTIO_PORTS, answers: { '15000 /server_info': serverInfo(OWN, 'PRE_INITIALIZING') } },
      [['istio', 'sidecar', 'announced', undefined]],
    ],
    [
      'ambient: ztunnel in the pod',
      { listening: [15_001, 15_006, 15_008] },
      [['istio', 'ambient', 'running', undefined]],
    ],
    [
      'proxyless gRPC',
      { listening: [8080], variables: { GRPC_XDS_BOOTSTRAP: '/etc/istio/proxy/grpc-bootstrap.json' } },
      [['istio', 'proxyless', 'running', true]],
    ],
    [
      'another program on 15000',
      { listening: [15_000], answers: { '15000 /server_info': HELLO } },
      [['istio', 'stranger', 'running', undefined]],
    ],
    [
      'a program on 15000 that says what an Envoy says, in an Envoy of nobody',
      { listening: [15_000], answers: { '15000 /server_info': serverInfo('mine') } },
      [['istio', 'stranger', 'running', undefined]],
    ],
    [
      'Linkerd',
      {
        listening: [4140, 4143, 4191],
        answers: {
          [ENV_JSON]: { body: '{"LINKERD2_PROXY_INBOUND_LISTEN_ADDR":"0.0.0.0:4143"}' },
          '4191 /ready': { body: 'ready\n' },
        },
      },
      [['linkerd', 'sidecar', 'running', true]],
    ],
    [
      'Linkerd that is not ready',
      {
        listening: [4140, 4143, 4191],
        answers: {
          [ENV_JSON]: { body: '{"LINKERD2_PROXY_INBOUND_LISTEN_ADDR":"0.0.0.0:4143"}' },
          '4191 /ready': { status: 503, body: 'not ready\n' },
        },
      },
      [['linkerd', 'sidecar', 'announced', true]],
    ],
    [
      'a program on 4191 that has /ready and an env.json without the variable',
      {
        listening: [4191],
        answers: {
          [ENV_JSON]: { body: '{"LINKERD2_PROXY_INBOUND_LISTEN_ADDR":null}' },
          '4191 /ready': { body: 'ready\n' },
        },
      },
      [['linkerd', 'stranger', 'running', undefined]],
    ],
    [
      'Dapr on a port of its own',
      {
        listening: [3600],
        variables: { DAPR_HTTP_PORT: '3600' },
        answers: { '3600 /v1.0/metadata': { body: '{"id":"checkout","runtimeVersion":"1.18.3"}' } },
      },
      [['dapr', 'sidecar', 'running', true]],
    ],
    [
      'Dapr that wants a token',
      {
        variables: { DAPR_HTTP_PORT: '3500' },
        answers: { '3500 /v1.0/metadata': { status: 401, body: 'invalid api token' } },
      },
      [['dapr', 'sidecar', 'running', true]],
    ],
    [
      'Dapr that is late, or reloads',
      { listening: [], variables: { DAPR_HTTP_PORT: '3500' } },
      [['dapr', 'sidecar', 'announced', true]],
    ],
    [
      'a program on 3500',
      { listening: [3500], answers: { '3500 /v1.0/metadata': { body: '{"id":"checkout"}' } } },
      [['dapr', 'stranger', 'running', undefined]],
    ],
    [
      'Kuma 2.14: its readiness speaks for itself',
      { listening: [9902, 15_001, 15_006], answers: { '9902 /ready': { poweredBy: 'kuma-dp', body: 'READY' } } },
      [['kuma', 'sidecar', 'running', true]],
    ],
    [
      'Kuma 2.14 passing on what its Envoy says',
      { listening: [9902, 15_001, 15_006], answers: { '9902 /ready': { server: 'envoy', body: 'LIVE\n' } } },
      [['kuma', 'sidecar', 'running', true]],
    ],
    [
      'Kuma that is going',
      {
        listening: [9902, 15_001, 15_006],
        answers: { '9902 /ready': { status: 503, poweredBy: 'kuma-dp', body: 'TERMINATING' } },
      },
      [['kuma', 'sidecar', 'announced', true]],
    ],
    [
      'an Envoy admin on 9902 that captures nothing',
      { listening: [9902], answers: { '9902 /ready': { server: 'envoy', body: 'LIVE\n' } } },
      [['kuma', 'stranger', 'running', undefined]],
    ],
    [
      'Consul with explicit upstreams',
      {
        listening: [19_000, 20_000],
        variables: { PAYMENTS_CONNECT_SERVICE_HOST: '127.0.0.1' },
        answers: { '19000 /server_info': serverInfo('checkout-sidecar-proxy') },
      },
      [['consul', 'sidecar', 'running', true]],
    ],
    [
      'an Envoy on 19000 of which nothing says whose it is',
      { listening: [19_000], answers: { '19000 /server_info': serverInfo('checkout-sidecar-proxy') } },
      [['consul', 'sidecar', 'running', undefined]],
    ],
    [
      'Consul that is late',
      { listening: [], variables: { PAYMENTS_CONNECT_SERVICE_HOST: '127.0.0.1' } },
      [['consul', 'sidecar', 'announced', true]],
    ],
    [
      'ECS Service Connect',
      { variables: { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/1' }, serviceConnectNames: ['payments'] },
      [['ecs', 'sidecar', 'announced', true]],
    ],
    ['ECS without it', { variables: { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/1' } }, []],
    [
      'an Envoy of nobody',
      { listening: [9901], answers: { '9901 /server_info': serverInfo('meshwise~shop') } },
      [['envoy', 'sidecar', 'running', undefined]],
    ],
    [
      'an Envoy whose id names this host',
      { listening: [9901], answers: { '9901 /server_info': serverInfo('shop/app-1') } },
      [['envoy', 'sidecar', 'running', true]],
    ],
    [
      'a program on 9901',
      { listening: [9901], answers: { '9901 /server_info': HELLO } },
      [['envoy', 'stranger', 'running', undefined]],
    ],
    [
      "a program that sends an Envoy's answer, but not its name",
      { listening: [9901], answers: { '9901 /server_info': { ...serverInfo('shop/app-1'), server: '' } } },
      [['envoy', 'stranger', 'running', undefined]],
    ],
  ])('of %s', (_what, input, expected) => {
    expect(recognised(input)).toEqual(expected);
  });

  it.each<[string, SignsInput['host'] & object, boolean]>([
    ['its complete name', { name: 'app-1.web.shop.svc.cluster.local', addresses: ['10.0.0.7'] }, true],
    ['a name that only begins like it', { name: 'app-10', addresses: ['10.0.0.7'] }, false],
    ['its name and another address', { name: 'app-1', addresses: ['10.0.0.70'] }, false],
  ])('takes an Istio for its own by the host: %s', (_what, host, ours) => {
    const answers = { '15000 /server_info': serverInfo(OWN) };
    expect(recognised({ listening: ISTIO_PORTS, answers, host })).toEqual([['istio', 'sidecar', 'running', ours]]);
  });

  it('knows a long pod by the name that the kernel has cut', () => {
    const pod = `checkout-${'x'.repeat(60)}`;
    const answers = { '15000 /server_info': serverInfo(OWN.replace('app-1', pod)) };
    const host = { name: pod.slice(0, 63), addresses: ['10.0.0.7'] };
    expect(recognised({ listening: ISTIO_PORTS, answers, host })).toEqual([['istio', 'sidecar', 'running', true]]);
  });

  it('asks nothing but what signs hint at, and only by paths that change nothing', () => {
    expect(asked({ listening: [80, 8080] })).toEqual([]);
    expect(asked({})).toEqual([]);
    expect(asked({ listening: ISTIO_PORTS })).toEqual(['istio 15000 /server_info', 'istio 15021 /healthz/ready']);
    expect(asked({ variables: { DAPR_HTTP_PORT: 'evil' } })).toEqual([]);
    expect(asked({ listening: [3500, 4191, 9901, 9902, 19_000] })).toEqual([
      'linkerd 4191 /env.json?LINKERD2_PROXY_INBOUND_LISTEN_ADDR',
      'linkerd 4191 /ready',
      'dapr 3500 /v1.0/metadata',
      'kuma 9902 /ready',
      'consul 19000 /server_info',
      'envoy 9901 /server_info',
    ]);
  });

  it('prints no control characters of an answer', () => {
    const answers = { '9901 /server_info': serverInfo('app-1\u001b[2J') };
    expect(
      MESH_LIST.flatMap((mesh) => mesh.recognise(signsOf({ listening: [9901], answers }))?.evidence ?? []),
    ).toEqual(['127.0.0.1:9901 is the admin of Envoy 1.40.0, node without an id']);
  });
});

describe('defaults', () => {
  it.each([
    [
      'istio',
      'Istio by default retries 2 times on connect-failure, refused-stream, gRPC unavailable, gRPC cancelled, and has no timeout',
    ],
    ['linkerd', 'Linkerd by default retries nothing, and has no timeout'],
    ['dapr', 'Dapr by default retries 3 times on no connection between sidecars, and has no timeout'],
    [
      'kuma',
      'Kuma by default retries 5 times on gateway-error, connect-failure, refused-stream, POST included, and has a timeout of 15 s',
    ],
    ['consul', 'Consul by default retries nothing, and has a timeout of 15 s'],
    [
      'ecs',
      'ECS Service Connect by default retries 2 times on connect-failure, 503, POST included, and has a timeout of 15 s',
    ],
    ['envoy', 'Envoy by default retries nothing, and has a timeout of 15 s'],
  ])('of %s', (name, sentence) => {
    const mesh = MESH_LIST.find((candidate) => candidate.name === name);
    expect(mesh && shownDefaults(mesh)).toBe(sentence);
    expect(mesh?.defaults.source).toMatch(/\d/);
  });
});
