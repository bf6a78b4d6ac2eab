import type { CircuitChange } from '../clients/client.ts';

/** Of a line of Envoy's log of ejections (`data.cluster.v3.OutlierDetectionEvent`) what is read here. */
interface OutlierEvent {
  readonly cluster_name: string;
  readonly upstream_url: string;
  readonly action?: 'EJECT' | 'UNEJECT';
  readonly timestamp: string;
}

/** From the first host's ejection until the last one is back the upstream counts as open. Times are Unix milliseconds. */
export function changesIn(log: string, cluster: string): CircuitChange[] {
  const changes: CircuitChange[] = [];
  const out = new Set<string>();
  for (const line of log.split('\n')) {
    if (line.trim() === '') continue;
    const { cluster_name, upstream_url, action = 'EJECT', timestamp } = JSON.parse(line) as OutlierEvent;
    if (cluster_name !== cluster) continue;
    const before = out.size;
    if (action === 'EJECT') out.add(upstream_url);
    else out.delete(upstream_url);
    if (before === 0 && out.size > 0) changes.push({ at: Date.parse(timestamp), state: 'open' });
    if (before > 0 && out.size === 0) changes.push({ at: Date.parse(timestamp), state: 'closed' });
  }
  return changes;
}
