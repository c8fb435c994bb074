/** endpoints: every protocol that is spoken over HTTP, on the paths that its clients know. */
import type { HostQueries } from "../host-queries.ts";
import { createAlertmanager } from "./alertmanager.ts";
import { createElasticsearch } from "./elasticsearch.ts";
import { createGelf } from "./gelf.ts";
import { createJournald } from "./journald.ts";
import { createLoki } from "./loki.ts";
import { createOsquery } from "./osquery.ts";
import { createOtlp } from "./otlp.ts";
import { createPrometheus } from "./prometheus.ts";
import type { ProtocolDoor, ProtocolEndpoint } from "./protocol.ts";
import { createSplunkHec } from "./splunk-hec.ts";

/** What some senders want to hear otherwise than others. */
export interface Manners {
  readonly elasticsearch: { readonly version: string };
  readonly splunk: { readonly empty: boolean };
}

export function createProtocols(
  door: ProtocolDoor,
  { questions, manners }: { readonly questions: HostQueries; readonly manners: Manners },
): ProtocolEndpoint[] {
  return [
    (of: ProtocolDoor) => createElasticsearch(of, manners.elasticsearch.version),
    (of: ProtocolDoor) => createSplunkHec(of, manners.splunk.empty),
    createOtlp,
    createPrometheus,
    createLoki,
    createGelf,
    createAlertmanager,
    createJournald,
    (of: ProtocolDoor) => createOsquery(of, questions),
  ].flatMap((create) => create(door));
}
