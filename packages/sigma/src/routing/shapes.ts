/**
 * shapes: events of other schemas (OCSF, ECS) and of clouds that wrap their records, brought to the flat names that rules
 * are written for. A record that is flat already is returned as it is.
 */
import { below, fromEcs, isEcs } from "./ecs-shape.ts";
import { fromOcsf, isOcsf } from "./ocsf-shape.ts";
import { type Fields, isFields, type Names, named, textAt } from "./value-at.ts";

export function sigmaFields(fields: Fields): Fields {
  if (isOcsf(fields)) return fromOcsf(fields);
  if (typeof fields["winlog.channel"] === "string") return fromFlattenedWinlog(fields);
  if (isEcs(fields)) return fromEcs(fields);
  if (fields["Workload"] !== undefined && fields["Operation"] !== undefined)
    return { ...named(fields, M365), ...fields };
  if (isFields(fields["protoPayload"])) return { ...named(fields, GCP), ...fields };
  const application = isFields(fields["id"]) ? textAt(fields["id"], "applicationName") : undefined;
  if (application === undefined) return fields;
  return { ...named(fields, GOOGLE_WORKSPACE), eventService: `${application}.googleapis.com`, ...fields };
}

/** Winlogbeat's records when a store gave them back with dotted keys. System values are written last. */
function fromFlattenedWinlog(fields: Fields): Fields {
  return {
    ...fields,
    ...below(fields, "winlog.user_data"),
    ...below(fields, "winlog.event_data"),
    ...named(fields, WINLOG),
  };
}

const WINLOG: Names = {
  Channel: ["winlog.channel"],
  EventID: ["winlog.event_id", "event.code"],
  Provider_Name: ["winlog.provider_name"],
  Computer: ["winlog.computer_name", "host.name"],
};

/** A Cloud Audit Log entry as Google writes it; the rules use the names of Elastic's integration or wrap it in `data`. */
const GCP: Names = {
  "gcp.audit.method_name": ["protoPayload.methodName"],
  "gcp.audit.service_name": ["protoPayload.serviceName"],
  "data.protoPayload": ["protoPayload"],
  "data.protoPayload.logName": ["logName"],
  "data.protoPayload.resource.type": ["resource.type"],
};

/** The unified audit log; the rules on threats use the names under which Defender exports it. */
const M365: Names = { eventSource: ["Workload"], eventName: ["Operation"], status: ["ResultStatus"] };

const GOOGLE_WORKSPACE: Names = { eventName: ["events.name"] };
