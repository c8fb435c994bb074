/** kubernetes-audit: one event of an API server's audit log (audit.k8s.io/v1, stage ResponseComplete). */
import type { Random } from "./random.ts";
import type { Emission } from "./world.ts";

export interface ClusterCall {
  readonly at_ms: number;
  readonly verb: string;
  readonly user: string;
  readonly groups?: readonly string[];
  readonly from: string;
  readonly agent: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly apiGroup?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly code?: number;
  readonly request?: Readonly<Record<string, unknown>>;
}

export function clusterCall(random: Random, call: ClusterCall): Emission {
  const time = new Date(call.at_ms).toISOString().replace("Z", "000Z");
  const place = call.namespace === undefined ? "" : `/namespaces/${call.namespace}`;
  const uri = `${call.apiGroup === undefined ? "/api/v1" : `/apis/${call.apiGroup}/v1`}${place}/${call.resource}${call.name === undefined ? "" : `/${call.name}`}${call.subresource === undefined ? "" : `/${call.subresource}`}`;
  const record = {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: call.request === undefined ? "Metadata" : "Request",
    auditID: `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-9${random.hex(3)}-${random.hex(12)}`,
    stage: "ResponseComplete",
    requestURI: uri,
    verb: call.verb,
    user: { username: call.user, groups: call.groups ?? ["system:authenticated"] },
    sourceIPs: [call.from],
    userAgent: call.agent,
    objectRef: {
      resource: call.resource,
      ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
      ...(call.name === undefined ? {} : { name: call.name }),
      ...(call.apiGroup === undefined ? {} : { apiGroup: call.apiGroup }),
      apiVersion: "v1",
      ...(call.subresource === undefined ? {} : { subresource: call.subresource }),
    },
    responseStatus: { metadata: {}, code: call.code ?? 200 },
    ...(call.request === undefined ? {} : { requestObject: call.request }),
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: {
      "authorization.k8s.io/decision": (call.code ?? 200) === 403 ? "forbid" : "allow",
      "authorization.k8s.io/reason": "",
    },
  };
  return { at_ms: call.at_ms, input: "http", source: "kubernetes-audit", write: () => JSON.stringify(record) };
}
