/** Set by meshes in the application's container: Dapr, ECS, Istio's proxyless gRPC. Consul's carry the upstream's name. */
const VARIABLES = ['DAPR_HTTP_PORT', 'ECS_CONTAINER_METADATA_URI_V4', 'GRPC_XDS_BOOTSTRAP'];
const OF_CONSUL = /^[A-Z0-9_]{1,200}_CONNECT_SERVICE_HOST$/;
/** A node may have many services. */
const MOST_OF_CONSUL = 20;

/** The variables that meshes are known by; of all others nothing is kept. */
export function environmentSigns(env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const names = [
    ...VARIABLES,
    ...Object.keys(env)
      .filter((name) => OF_CONSUL.test(name))
      .slice(0, MOST_OF_CONSUL),
  ];
  return new Map(
    names.flatMap((name) => {
      const value = env[name]?.trim();
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  );
}
