import { describe, expect, it } from 'vitest';
import { ownerByEnvironment, readEnvironment, readEnvironmentLeniently } from '../../../src/ownership/environment.ts';
import { ConfigError } from '../../../src/policy/config-error.ts';

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('readEnvironment', () => {
  it('says nothing where nothing is set', () => {
    const environment = readEnvironment({ PATH: '/bin', MESHWISE_MODE: '', MESHWISE_OWNER: ' ' });
    expect(environment).toEqual({
      mode: undefined,
      owner: [],
      mesh: undefined,
      evidence: ['reply'],
      configFile: undefined,
      strict: false,
    });
    expect(Object.isFrozen(environment) && Object.isFrozen(environment.owner)).toBe(true);
  });

  it('reads every variable', () => {
    const environment = readEnvironment({
      MESHWISE_MODE: 'auto',
      MESHWISE_OWNER: 'payments.v2.retry=sidecar, *.circuitBreaker = process,',
      MESHWISE_MESH: 'istio',
      MESHWISE_EVIDENCE: 'reply,config-dump',
      MESHWISE_CONFIG: ' config/meshwise.yaml ',
      MESHWISE_STRICT: 'true',
    });
    expect(environment).toEqual({
      mode: 'auto',
      owner: [
        { upstream: 'payments.v2', concern: 'retry', owner: 'sidecar' },
        { upstream: '*', concern: 'circuitBreaker', owner: 'process' },
      ],
      mesh: 'istio',
      evidence: ['reply', 'config-dump'],
      configFile: 'config/meshwise.yaml',
      strict: true,
    });
    expect(Object.isFrozen(environment.owner[0])).toBe(true);
  });

  it.each(['process', 'observe', 'auto', 'mesh', 'off'])('knows the mode %s', (mode) => {
    expect(readEnvironment({ MESHWISE_MODE: mode }).mode).toBe(mode);
  });

  it.each(['istio', 'linkerd', 'dapr', 'kuma', 'consul', 'ecs', 'envoy', 'none'])('knows the mesh %s', (mesh) => {
    expect(readEnvironment({ MESHWISE_MESH: mesh }).mesh).toBe(mesh);
  });

  it.each([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ])('MESHWISE_STRICT=%s is %s', (value, strict) => {
    expect(readEnvironment({ MESHWISE_STRICT: value }).strict).toBe(strict);
  });

  it.each([
    [
      { MESHWISE_MODE: 'proces' },
      'environment: MESHWISE_MODE: "proces" is not one of process, observe, auto, mesh, off',
    ],
    [{ MESHWISE_MODE: 'Auto' }, 'environment: MESHWISE_MODE: "Auto" is not one of process, observe, auto, mesh, off'],
    [
      { MESHWISE_MESH: 'cilium' },
      'environment: MESHWISE_MESH: "cilium" is not one of istio, linkerd, dapr, kuma, consul, ecs, envoy, none',
    ],
    [{ MESHWISE_STRICT: 'yes' }, 'environment: MESHWISE_STRICT: "yes" is not one of 1, true, 0, false'],
  ])('%j lists the good values', (env, message) => {
    expect(messageOf(env)).toBe(message);
  });

  it.each([
    'payments=sidecar',
    'payments.retries=sidecar',
    'payments.retry=off',
    'payments.retry',
    '.retry=sidecar',
    'pay*.retry=sidecar',
    'payments.retry=sidecar;orders.retry=process',
  ])('MESHWISE_OWNER=%s shows what an entry looks like', (value) => {
    expect(messageOf({ MESHWISE_OWNER: value })).toMatch(
      /^environment: MESHWISE_OWNER: ".*" is not an entry like payments\.retry=sidecar or \*\.circuitBreaker=process \(concerns: timeout, retry, circuitBreaker, concurrency, tracing; owners: process, sidecar\)$/,
    );
  });

  it.each([
    ['reply', ['reply']],
    [' config-dump , reply,', ['reply', 'config-dump']],
    ['config-dump', ['reply', 'config-dump']],
  ])('MESHWISE_EVIDENCE=%s is %j: a mark counts whatever is written', (value, evidence) => {
    const read = readEnvironment({ MESHWISE_EVIDENCE: value }).evidence;
    expect(read).toEqual(evidence);
    expect(Object.isFrozen(read)).toBe(true);
  });

  it.each([
    ['reply,config_dmup', '"config_dmup" is not one of reply, config-dump; did you mean config-dump?'],
    ['Reply', '"Reply" is not one of reply, config-dump; did you mean reply?'],
    ['admin', '"admin" is not one of reply, config-dump; good values are reply and reply,config-dump'],
    [' , ', '"," names nothing; good values are reply and reply,config-dump'],
  ])('MESHWISE_EVIDENCE=%s says what would be right', (value, problem) => {
    expect(messageOf({ MESHWISE_EVIDENCE: value })).toBe(`environment: MESHWISE_EVIDENCE: ${problem}`);
    const { environment } = readEnvironmentLeniently({ MESHWISE_EVIDENCE: value });
    expect(environment.evidence).toEqual(['reply']);
  });

  it('collects the mistakes of all variables', () => {
    expect(messageOf({ MESHWISE_MODE: 'x', MESHWISE_STRICT: 'y', MESHWISE_MESH: 'istio' }).split('\n')).toEqual([
      'environment:',
      expect.stringMatching(/^ {2}- MESHWISE_MODE: "x" /),
      expect.stringMatching(/^ {2}- MESHWISE_STRICT: "y" /),
    ]);
  });

  it.each(['MESHWISE_MODE', 'MESHWISE_OWNER', 'MESHWISE_MESH', 'MESHWISE_EVIDENCE', 'MESHWISE_STRICT'])(
    '%s: a secret that went into the wrong variable is not printed',
    (variable) => {
      const secret = `${'s'.repeat(40)}${'e'.repeat(100)},${'t'.repeat(60)}`;
      const message = messageOf({ [variable]: secret });
      expect(message).toContain(variable);
      expect(message).not.toMatch(/e{10}|t{10}|s{41}/);
    },
  );
});

describe('readEnvironmentLeniently', () => {
  it('takes a bad variable for unset, keeps the others, and says so', () => {
    const { environment, problems } = readEnvironmentLeniently({
      MESHWISE_MODE: 'autto',
      MESHWISE_OWNER: 'payments.retry=sidecar,oops',
      MESHWISE_MESH: 'consul',
      MESHWISE_STRICT: '1',
    });
    expect(environment).toEqual({
      mode: undefined,
      owner: [],
      mesh: 'consul',
      evidence: ['reply'],
      configFile: undefined,
      strict: true,
    });
    expect(problems).toBeInstanceOf(ConfigError);
    expect(problems?.problems.map(({ path }) => path)).toEqual(['MESHWISE_MODE', 'MESHWISE_OWNER']);
  });

  it('has no problems with a good environment', () => {
    expect(readEnvironmentLeniently({ MESHWISE_MODE: 'mesh' }).problems).toBeUndefined();
  });
});

describe('ownerByEnvironment', () => {
  it.each([
    ['payments.retry=sidecar', 'payments', 'sidecar'],
    ['payments.retry=sidecar', 'orders', undefined],
    ['payments.timeout=sidecar', 'payments', undefined],
    ['*.retry=sidecar', 'payments', 'sidecar'],
    ['payments.retry=sidecar,payments.retry=process', 'payments', 'process'],
    ['*.retry=sidecar,*.retry=process', 'payments', 'process'],
    ['payments.retry=process,*.retry=sidecar', 'payments', 'process'],
    ['payments.retry=process,*.retry=sidecar', 'orders', 'sidecar'],
  ] as const)('%s: the retries of %s belong to %s', (value, upstream, owner) => {
    expect(ownerByEnvironment(readEnvironment({ MESHWISE_OWNER: value }), upstream, 'retry')).toBe(owner);
  });
});
