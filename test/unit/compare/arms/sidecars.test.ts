import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../../../src/compare/arms/sidecars/certificate.ts';
import { bootstrapOf, countsInStats } from '../../../../src/compare/arms/sidecars/client-sidecar.ts';
import { changesIn } from '../../../../src/compare/arms/sidecars/ejections.ts';

describe("Envoy's own counts", () => {
  const stats = [
    'cluster.payments.upstream_rq_total: 3410',
    'cluster.payments-neighbour.upstream_rq_total: 3',
    'http.payments.downstream_rq_total: 1000',
    'http.payments-neighbour.downstream_rq_total: 5',
    'http.admin.downstream_rq_total: 12',
    '',
  ].join('\n');

  it('are those of the hop to the upstream, and nothing else', () => {
    expect(countsInStats(stats, 'payments')).toEqual({ requests: 1000, attempts: 3410 });
    expect(countsInStats('', 'payments')).toEqual({ requests: 0, attempts: 0 });
  });
});

describe('ejections', () => {
  function line(upstream_url: string, action: string, second: number, cluster_name = 'payments'): string {
    return JSON.stringify({ cluster_name, upstream_url, action, timestamp: `2026-01-01T00:00:0${second}.250Z` });
  }

  it('open with the first host that is out, and close with the last one that is back', () => {
    const log = [
      line('a', 'EJECT', 1),
      line('x', 'EJECT', 1, 'other'),
      line('b', 'EJECT', 2),
      line('a', 'UNEJECT', 3),
      line('b', 'UNEJECT', 4),
      '',
    ].join('\n');
    const at = (second: number) => Date.parse(`2026-01-01T00:00:0${second}.250Z`);
    expect(changesIn(log, 'payments')).toEqual([
      { at: at(1), state: 'open' },
      { at: at(4), state: 'closed' },
    ]);
    expect(changesIn('', 'payments')).toEqual([]);
  });
});

describe('a certificate', () => {
  it('is what node:crypto and TLS take, valid now, for its name, with its own key', () => {
    const { certificate, key } = selfSigned('service.meshwise.test');
    const parsed = new X509Certificate(certificate);
    expect(parsed.checkHost('service.meshwise.test')).toBe('service.meshwise.test');
    expect(parsed.subject).toBe('CN=service.meshwise.test');
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.validFromDate.getTime()).toBeLessThan(Date.now());
    expect(parsed.validToDate.getTime()).toBeGreaterThan(Date.now());
    expect(() => createSecureContext({ cert: certificate, key })).not.toThrow();
  });

  it('is another each time', () => {
    expect(selfSigned('a').certificate).not.toBe(selfSigned('a').certificate);
  });
});

describe("the sidecar's configuration", () => {
  const plan = {
    binary: 'envoy',
    kind: 'for-everyone',
    hops: [{ policy: { upstream: 'payments' }, ports: [1, 2, 3] }],
    stockEjection: false,
    transportSocket: undefined,
  } as const;

  it('is the export, and says where ejections are told', () => {
    const { static_resources, cluster_manager } = bootstrapOf(plan, '/ejections');
    expect(cluster_manager).toEqual({ outlier_detection: { event_log_path: '/ejections' } });
    expect(static_resources.clusters[0]).toMatchObject({
      common_lb_config: { healthy_panic_threshold: { value: 0 }, update_merge_window: '0s' },
      outlier_detection: { max_ejection_percent: 100 },
    });
  });

  it('has with stock ejection what nobody tuned', () => {
    const [cluster] = bootstrapOf({ ...plan, stockEjection: true }, '/ejections').static_resources.clusters;
    expect(cluster?.['common_lb_config']).toEqual({ healthy_panic_threshold: { value: 0 } });
    expect(cluster?.['outlier_detection']).not.toHaveProperty('max_ejection_percent');
    expect(cluster?.['outlier_detection']).toMatchObject({ failure_percentage_minimum_hosts: 1 });
  });

  it('executes nothing where it only forwards', () => {
    const text = JSON.stringify(bootstrapOf({ ...plan, kind: 'forwarding' }, '/ejections').static_resources);
    expect(text).not.toContain('retry_policy');
    expect(text).not.toContain('"timeout":"30s"');
    expect(JSON.stringify(bootstrapOf(plan, '/ejections').static_resources)).toContain('retry_policy');
  });
});
