/**
 * ecs-shape: events in the Elastic Common Schema for rules that were written for the product's own names: categories and
 * types become log sources, ECS fields get Sigma's names beside their own. Winlogbeat keeps the original and is not treated here.
 */
import type { Logsource } from "../rule.ts";
import { type EcsDataset, ECS_DATASETS } from "./ecs-datasets.ts";
import { beside, type Fields, isFields, type Names, named, textAt, valueAt, withDomain, wordsAt } from "./value-at.ts";

export function isEcs(fields: Fields): boolean {
  return (
    fields["ecs"] !== undefined ||
    fields["ecs.version"] !== undefined ||
    fields["event.category"] !== undefined ||
    fields["event.dataset"] !== undefined ||
    (isFields(fields["event"]) &&
      (fields["event"]["category"] !== undefined || fields["event"]["dataset"] !== undefined))
  );
}

export function ecsLogsource(fields: Fields): Logsource | undefined {
  const dataset = datasetOf(fields);
  if (dataset !== undefined) return dataset.logsource;
  const kind = kindOf(fields);
  if (kind === undefined) return undefined;
  if (WITHOUT_PRODUCT.has(kind)) return { category: kind };
  const product = productOf(fields);
  return product === undefined ? undefined : { product, category: kind };
}

/** The fields under Sigma's names, added to the event's own. */
export function fromEcs(fields: Fields): Fields {
  const dataset = datasetOf(fields);
  const flat: Record<string, unknown> = { ...named(fields, NAMES), ...computed(fields) };
  if (dataset !== undefined) {
    for (const prefix of dataset.prefixes) Object.assign(flat, below(fields, prefix));
    Object.assign(flat, named(fields, dataset.names));
  }
  return beside(fields, flat);
}

const WITHOUT_PRODUCT = new Set(["firewall", "dns", "proxy", "webserver"]);

function datasetOf(fields: Fields): EcsDataset | undefined {
  const name = textAt(fields, "event.dataset", "data_stream.dataset");
  return name === undefined || !Object.hasOwn(ECS_DATASETS, name) ? undefined : ECS_DATASETS[name];
}

function productOf(fields: Fields): string | undefined {
  const names = [textAt(fields, "host.os.type"), textAt(fields, "host.os.family"), textAt(fields, "host.os.platform")];
  const name = names.find((entry) => entry !== undefined)?.toLowerCase() ?? "";
  if (name.startsWith("win")) return "windows";
  if (name === "macos" || name === "darwin") return "macos";
  return name === "" ? undefined : "linux";
}

/** ECS has no activity but types; the action, where an agent writes one, is more precise. */
function kindOf(fields: Fields): string | undefined {
  const categories = wordsAt(fields, "event.category");
  const types = wordsAt(fields, "event.type");
  const action = textAt(fields, "event.action")?.toLowerCase() ?? "";
  const is = (...names: readonly string[]): boolean => names.some((name) => types.includes(name));
  const host = valueAt(fields, "process") !== undefined || textAt(fields, "process.executable") !== undefined;
  for (const category of categories) {
    switch (category) {
      case "process":
        if (is("start", "creation")) return "process_creation";
        if (is("end")) return "process_termination";
        if (is("access")) return "process_access";
        break;
      case "file":
        if (is("deletion")) return "file_delete";
        if (/rename/.test(action)) return "file_rename";
        if (is("creation", "change")) return "file_event";
        break;
      case "registry":
        if (is("deletion")) return "registry_delete";
        if (is("creation") && valueAt(fields, "registry.data") === undefined) return "registry_add";
        if (is("change", "creation")) return "registry_set";
        return "registry_event";
      case "library":
        return "image_load";
      case "driver":
        return "driver_load";
      case "network":
        if (valueAt(fields, "dns.question") !== undefined || textAt(fields, "dns.question.name") !== undefined) {
          return host ? "dns_query" : "dns";
        }
        return host ? "network_connection" : "firewall";
      case "web":
        return is("access") || textAt(fields, "url.domain") === undefined ? "webserver" : "proxy";
      case "malware":
        return "antivirus";
    }
  }
  return undefined;
}

const NAMES: Names = {
  Computer: ["host.name", "host.hostname"],
  Image: ["process.executable", "process.name"],
  CommandLine: ["process.command_line"],
  ProcessId: ["process.pid"],
  ProcessGuid: ["process.entity_id"],
  CurrentDirectory: ["process.working_directory"],
  OriginalFileName: ["process.pe.original_file_name"],
  Company: ["process.pe.company"],
  Description: ["process.pe.description"],
  Product: ["process.pe.product"],
  FileVersion: ["process.pe.file_version"],
  IntegrityLevel: ["process.Ext.token.integrity_level_name", "winlog.event_data.IntegrityLevel"],
  ParentImage: ["process.parent.executable", "process.parent.name"],
  ParentCommandLine: ["process.parent.command_line"],
  ParentProcessId: ["process.parent.pid"],
  ParentProcessGuid: ["process.parent.entity_id"],
  TargetFilename: ["file.path"],
  SourceFilename: ["file.Ext.original.path"],
  TargetObject: ["registry.path"],
  Details: ["registry.data.strings"],
  ImageLoaded: ["dll.path", "file.path"],
  Signature: ["dll.code_signature.subject_name"],
  DestinationIp: ["destination.ip"],
  DestinationPort: ["destination.port"],
  DestinationHostname: ["destination.domain", "dns.question.name"],
  SourceIp: ["source.ip"],
  SourcePort: ["source.port"],
  Protocol: ["network.transport"],
  QueryName: ["dns.question.name"],
  QueryResults: ["dns.answers.data", "dns.resolved_ip"],
  query: ["dns.question.name"],
  answer: ["dns.answers.data"],
  record_type: ["dns.question.type"],
  dst_ip: ["destination.ip"],
  dst_port: ["destination.port"],
  src_ip: ["source.ip"],
  src_port: ["source.port"],
  action: ["event.action"],
  "c-uri": ["url.full", "url.original"],
  "cs-uri": ["url.full", "url.original"],
  "c-uri-extension": ["url.extension"],
  "cs-uri-stem": ["url.path"],
  "c-uri-stem": ["url.path"],
  "cs-uri-query": ["url.query"],
  "c-uri-query": ["url.query"],
  "cs-host": ["url.domain", "destination.domain"],
  "cs-method": ["http.request.method"],
  "cs-referer": ["http.request.referrer"],
  "c-useragent": ["user_agent.original"],
  "cs-user-agent": ["user_agent.original"],
  "cs-username": ["user.name"],
  "sc-status": ["http.response.status_code"],
  "c-ip": ["source.ip"],
};

function computed(fields: Fields): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  const user = withDomain(textAt(fields, "user.domain"), textAt(fields, "user.name"));
  if (user !== undefined) flat["User"] = user;
  const hashes = HASHES.flatMap(([algorithm, ...paths]) => {
    const hash = textAt(fields, ...paths);
    return hash === undefined ? [] : [`${algorithm}=${hash}`];
  });
  if (hashes.length > 0) flat["Hashes"] = hashes.join(",");
  const direction = textAt(fields, "network.direction");
  if (direction !== undefined) flat["Initiated"] = /^(?:egress|outbound|outgoing)$/i.test(direction) ? "true" : "false";
  const signed = valueAt(fields, "dll.code_signature.exists");
  if (typeof signed === "boolean") flat["Signed"] = String(signed);
  return flat;
}

const HASHES: readonly (readonly [string, ...string[]])[] = [
  ["MD5", "process.hash.md5", "dll.hash.md5", "file.hash.md5"],
  ["SHA1", "process.hash.sha1", "dll.hash.sha1", "file.hash.sha1"],
  ["SHA256", "process.hash.sha256", "dll.hash.sha256", "file.hash.sha256"],
  ["IMPHASH", "process.pe.imphash", "dll.pe.imphash", "file.pe.imphash"],
];

/** What an integration keeps of the original record below its own name, nested or with dotted keys. */
export function below(fields: Fields, prefix: string): Fields {
  const nested = valueAt(fields, prefix);
  const found: Record<string, unknown> = isFields(nested) ? { ...nested } : {};
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(`${prefix}.`)) found[key.slice(prefix.length + 1)] = value;
  }
  return found;
}
