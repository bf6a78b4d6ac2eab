import type { JsonObject } from '../../../meshes/envoy/json.ts';

/**
 * The same cluster with the policy's own detectors, and otherwise what Envoy and Istio have where nobody tunes it: at
 * most 10 % of the hosts are ejected (below ten hosts: none; Envoy 1.40, run), changes of health are merged for a
 * second. The panic threshold stays off: Istio has it at 0 with every ejection rule (`minHealthPercent`).
 */
export function asStock(cluster: JsonObject): JsonObject {
  const { outlier_detection: ejection, common_lb_config: _tuned, ...rest } = cluster;
  if (!isObject(ejection)) return cluster;
  const { max_ejection_percent: _most, ...stock } = ejection;
  return { ...rest, common_lb_config: { healthy_panic_threshold: { value: 0 } }, outlier_detection: stock };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
