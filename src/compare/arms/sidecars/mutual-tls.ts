import type { JsonObject } from '../../../meshes/envoy/json.ts';
import { type Certificate, selfSigned } from './certificate.ts';

/** The transport sockets of the two sides, each of which shows its certificate and knows the other's. */
export interface MutualTls {
  readonly upstream: JsonObject;
  readonly downstream: JsonObject;
}

export function mutualTls(): MutualTls {
  const caller = { name: 'caller.meshwise.test', ...selfSigned('caller.meshwise.test') };
  const service = { name: 'service.meshwise.test', ...selfSigned('service.meshwise.test') };
  return {
    upstream: socket('UpstreamTlsContext', { common_tls_context: context(caller, service), sni: service.name }),
    downstream: socket('DownstreamTlsContext', {
      common_tls_context: context(service, caller),
      require_client_certificate: true,
    }),
  };
}

type Named = Certificate & { readonly name: string };

function context(own: Named, other: Named): JsonObject {
  return {
    tls_certificates: [
      { certificate_chain: { inline_string: own.certificate }, private_key: { inline_string: own.key } },
    ],
    validation_context: {
      trusted_ca: { inline_string: other.certificate },
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: other.name } }],
    },
  };
}

function socket(kind: 'UpstreamTlsContext' | 'DownstreamTlsContext', config: JsonObject): JsonObject {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${kind}`, ...config },
  };
}
