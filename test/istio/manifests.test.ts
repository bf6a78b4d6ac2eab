import { beforeAll, describe, expect, it } from 'vitest';
import { named } from '../conformance/exported-case.ts';
import { PINNED } from '../conformance/pinned-cases.ts';
import { exported } from '../docs/exported.ts';
import { CANARY } from './a-canary.ts';
import { TEAM } from './a-team.ts';
import { JUDGES, type Judge, judged } from './generator.ts';
import { describeWithIstio } from './istio-test.ts';
import { documents, NAMESPACE } from './mesh.ts';
import { virtualServicesOf } from './pinned-arms.ts';

const POLICY = {
  caller: 'shop',
  upstreams: {
    payments: {
      match: ['http://payments:8080'],
      timeout: '2s',
      retry: { limit: 2, perTryTimeout: '500ms', methods: ['GET', 'PUT'] },
      circuitBreaker: { consecutiveFailures: 5, openFor: '30s' },
      concurrency: { limit: 64, queue: 128 },
    },
  },
};
const CASES = PINNED.map(({ name: pinned, case: one }, index) => ({
  ...named(one, `c${index}`),
  arm: 'auto' as const,
  pinned,
}));

type Export = readonly [target: 'istio' | 'gateway-api', options: readonly string[], existing: string];

const EXPORTS: Readonly<Record<string, Export>> = {
  'a VirtualService': ['istio', [], ''],
  'a VirtualService for everyone': ['istio', ['--for-everyone'], ''],
  'a VirtualService with verdicts': ['istio', ['--verdict'], ''],
  'a DestinationRule': ['istio', ['--destination-rule'], ''],
  'what a team has, merged': ['istio', ['--merge', '-'], TEAM],
  'what a team has, merged for everyone, with its DestinationRule': [
    'istio',
    ['--merge', '-', '--for-everyone', '--destination-rule'],
    TEAM,
  ],
  'an HTTPRoute': ['gateway-api', [], ''],
  'an HTTPRoute, merged': ['gateway-api', ['--merge', '-'], CANARY(8080)],
};

describeWithIstio('what meshwise exports', ({ generator }) => {
  describe.each(JUDGES)('is nothing that this objects to: %s', { timeout: 120_000 }, (judge) => {
    it.each(Object.entries(EXPORTS))('%s', async (_, [target, options, existing]) => {
      const manifests = await exported(
        JSON.stringify(POLICY),
        [target, '--namespace', NAMESPACE, ...options],
        existing,
      );
      expect(manifests).toContain('x-meshwise-owner');
      // A team's subsets, where the export leaves them alone.
      const subsets =
        existing === TEAM && !options.includes('--destination-rule') ? TEAM.slice(0, TEAM.indexOf('---')) : '';
      expect(await objections(judge, documents(subsets, manifests), options.includes('--for-everyone'))).toEqual([]);
    });

    it('VirtualServices for the policies of all pinned cases', async () => {
      expect(await objections(judge, await virtualServicesOf(CASES), false)).toEqual([]);
      expect(await objections(judge, await virtualServicesOf(CASES, '--for-everyone'), true)).toEqual([]);
    });
  });

  describe('what is wrong is seen', { timeout: 120_000 }, () => {
    let manifests: string;
    beforeAll(async () => {
      manifests = await exported(JSON.stringify(POLICY), ['istio', '--namespace', NAMESPACE], '');
    });

    it.each([
      ['a negative number', 'attempts: 2', 'attempts: -2', ['validate', 'analyze']],
      ['a timeout of 0s, which a CEL rule refuses', 'timeout: "2500ms"', 'timeout: "0s"', JUDGES],
      ['a word that is none', 'retryOn: "connect-failure', 'retryOn: "sometimes', ['validate', 'analyze']],
      ['a field that is none', 'retryOn:', 'retryWhen:', ['admit', 'validate']],
    ] as const)('%s', async (_, right, wrong, judges) => {
      const edited = manifests.replace(right, wrong);
      expect(edited).not.toBe(manifests);
      for (const judge of judges) expect([judge, (await judged(generator, judge, edited)).ok]).toEqual([judge, false]);
    });

    it('two VirtualServices for one host: analyze', async () => {
      const second = manifests.replace('name: "payments-meshwise"', 'name: "payments-second"');
      const { ok, said } = await judged(generator, 'analyze', documents(manifests, second));
      expect([ok, said]).toEqual([false, expect.stringContaining('IST0109')]);
    });

    it('an HTTPRoute with a status that is none: admit', async () => {
      const route = await exported(JSON.stringify(POLICY), ['gateway-api', '--namespace', NAMESPACE], '');
      const edited = route.replace(/- 503$/m, '- 99');
      expect(edited).not.toBe(route);
      expect(await judged(generator, 'admit', edited)).toMatchObject({ ok: false });
    });
  });

  /** All that is said against them; of a policy for everyone, but that it leaves nothing to the team's own rules. */
  async function objections(judge: Judge, manifests: string, forEveryone: boolean): Promise<readonly string[]> {
    const { ok, said } = await judged(generator, judge, manifests);
    const against = said
      .split('\n')
      .filter((line) => /warn|error|not used/i.test(line) && !/has warnings: $/.test(line));
    return [...(ok ? [] : ['refused']), ...against.filter((line) => !(forEveryone && UNUSED.test(line)))];
  }
});

/** Of a rule without a name, or of one that is no copy of ours. */
const UNUSED = /VirtualService rule (#\d+|\\?"(?!\S*meshwise-)[^"\\]+\\?") (match #\d+ is )?not used/i;
