/** kubernetes-audit: requests to the Kubernetes API server. Besides the event's own fields, rules read three things that
 *  lie deep inside the request: host paths, added capabilities and the API group. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  EVENT_DEFAULTS,
  type EventColumns,
  integerOf,
  type Json,
  type JsonObject,
  objectOf,
  parseTime,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "kubernetes-audit",
  title: "Kubernetes audit",
  docs: "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/",
  order: 121,
  form: "json",
  accepts: (record: DecodedRecord) => {
    const { json } = record;
    return (
      json !== undefined &&
      typeof json["verb"] === "string" &&
      (json["auditID"] !== undefined || String(json["apiVersion"]).startsWith("audit.k8s.io/"))
    );
  },
  parse: (record: DecodedRecord) => {
    const { json } = record;
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    const time = parseTime(json["stageTimestamp"]) ?? parseTime(json["requestReceivedTimestamp"]);
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.product = "kubernetes";
    columns.channel = "audit";
    const target = objectOf(json["objectRef"]) ?? {};
    columns.host = hostOf(json, target);
    fillRequest(columns, json, target);
    columns.message = `${columns.event_code} ${columns.object || columns.url} by ${columns.user}`;
    const fields: Record<string, unknown> = { ...json, ...podFacts(objectOf(json["requestObject"])) };
    const group = textOf(target, "apiGroup");
    if (group !== "") fields["apiGroup"] = group;
    const logsource = { product: "kubernetes", service: "audit", category: "application" };
    return { ok: true, event: { columns, fields, logsource } };
  },
  samples: [
    {
      name: "Command in a pod",
      in: '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"7d1e","stage":"ResponseStarted","requestURI":"/api/v1/namespaces/shop/pods/web-1/exec?command=sh","verb":"create","user":{"username":"ida@example.com","groups":["system:authenticated"]},"sourceIPs":["203.0.113.60"],"userAgent":"kubectl/v1.30","objectRef":{"resource":"pods","namespace":"shop","name":"web-1","apiVersion":"v1","subresource":"exec"},"responseStatus":{"code":101},"requestReceivedTimestamp":"2026-06-02T07:00:00.000100Z","stageTimestamp":"2026-06-02T07:00:00.000200Z"}',
      out: {
        time_ms: Date.UTC(2026, 5, 2, 7, 0, 0, 0),
        time_ns: 200_000,
        class_uid: 6003,
        activity_id: 1,
        status_id: 1,
        product: "kubernetes",
        event_code: "create",
        user: "ida@example.com",
        src_ip: "203.0.113.60",
        object: "shop/pods/web-1/exec",
        http_status: 101,
      },
      fields: { verb: "create" },
    },
    {
      name: "Pod with a path of the host, refused",
      in: '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"7d1f","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/pods","verb":"create","user":{"username":"system:serviceaccount:shop:ci"},"sourceIPs":["10.0.0.9"],"objectRef":{"resource":"pods","namespace":"shop","apiVersion":"v1"},"responseStatus":{"code":403,"reason":"Forbidden"},"requestObject":{"spec":{"volumes":[{"name":"r","hostPath":{"path":"/etc"}}],"containers":[{"name":"c","securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}]}},"stageTimestamp":"2026-06-02T07:01:00Z"}',
      out: {
        status_id: 2,
        severity_id: 2,
        http_status: 403,
        user: "system:serviceaccount:shop:ci",
        object: "shop/pods",
      },
      fields: { hostPath: ["/etc"], capabilities: ["SYS_ADMIN"] },
    },
  ],
});

/** The node that asks, or is asked about; else the namespace in its cluster, whose name only shippers add. */
function hostOf(json: JsonObject, target: JsonObject): string {
  const node = /^system:node:(.+)$/.exec(textOf(objectOf(json["user"]) ?? {}, "username"))?.[1];
  if (node !== undefined) return node;
  if (textOf(target, "resource") === "nodes" && textOf(target, "name") !== "") return textOf(target, "name");
  const cluster = textOf(json, "cluster") || textOf(json, "cluster_name") || "kubernetes";
  const namespace = textOf(target, "namespace");
  return namespace === "" ? cluster : `${cluster}/${namespace}`;
}

const VERBS: Readonly<Record<string, Classification>> = {
  create: classify("api_activity", "create"),
  get: classify("api_activity", "read"),
  list: classify("api_activity", "read"),
  watch: classify("api_activity", "read"),
  update: classify("api_activity", "update"),
  patch: classify("api_activity", "update"),
  delete: classify("api_activity", "delete"),
  deletecollection: classify("api_activity", "delete"),
};
const OTHER = classify("api_activity", "other");

function fillRequest(columns: EventColumns, json: JsonObject, target: JsonObject): void {
  const verb = textOf(json, "verb");
  const is = Object.hasOwn(VERBS, verb) ? (VERBS[verb] ?? OTHER) : OTHER;
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
  columns.event_code = verb;
  columns.user = textOf(objectOf(json["user"]) ?? {}, "username");
  columns.target_user = textOf(objectOf(json["impersonatedUser"]) ?? {}, "username");
  columns.url = textOf(json, "requestURI");
  const addresses = json["sourceIPs"];
  const first = Array.isArray(addresses) ? addresses[0] : undefined;
  columns.src_ip = typeof first === "string" ? first : "";
  columns.object = ["namespace", "resource", "name", "subresource"]
    .map((name) => textOf(target, name))
    .filter((part) => part !== "")
    .join("/");
  columns.http_status = integerOf(objectOf(json["responseStatus"])?.["code"]);
  columns.severity_id = SEVERITY.informational;
  if (columns.http_status === 0) return;
  columns.status_id = columns.http_status < 400 ? STATUS.success : STATUS.failure;
  if (columns.status_id === STATUS.failure) columns.severity_id = SEVERITY.low;
}

/** Host paths and added capabilities of a pod, or of the pod template of a workload. */
function podFacts(request: JsonObject | undefined): Record<string, unknown> {
  const outer = objectOf(request?.["spec"]);
  const spec = objectOf(objectOf(outer?.["template"])?.["spec"]) ?? outer;
  if (spec === undefined) return {};
  const facts: Record<string, unknown> = {};
  const paths = objects(spec["volumes"])
    .map((volume) => textOf(objectOf(volume["hostPath"]) ?? {}, "path"))
    .filter((path) => path !== "");
  const added = objects(spec["containers"]).flatMap((container) => {
    const add = objectOf(objectOf(container["securityContext"])?.["capabilities"])?.["add"];
    return Array.isArray(add) ? add.filter((name) => typeof name === "string") : [];
  });
  if (paths.length > 0) facts["hostPath"] = paths;
  if (added.length > 0) facts["capabilities"] = added;
  return facts;
}

function objects(value: Json | undefined): JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.map(objectOf).filter((item) => item !== undefined);
}
