/**
 * known-logsources: every log source that something here feeds, written as a rule writes it. For whoever helps an author to
 * choose one; what is not listed can still be fed by events whose log source is stated.
 */
import type { Logsource } from "../rule.ts";
import { GENERIC, KNOWN } from "./other-sources.ts";
import { LINUX_CATEGORIES, WINDOWS_CATEGORIES } from "./windows-categories.ts";
import { WINDOWS_SERVICES } from "./windows-services.ts";

export function knownLogsources(): Logsource[] {
  const found = new Map<string, Logsource>();
  const add = (logsource: Logsource): void =>
    void found.set([logsource.product, logsource.category, logsource.service].join(" "), logsource);
  for (const category of Object.keys(WINDOWS_CATEGORIES)) add({ product: "windows", category });
  for (const service of Object.keys(WINDOWS_SERVICES)) add({ product: "windows", service });
  for (const category of Object.keys(LINUX_CATEGORIES)) add({ product: "linux", category });
  for (const [product, ...names] of KNOWN) {
    for (const name of names) add(isCategory(name, product) ? { product, category: name } : { product, service: name });
  }
  for (const name of GENERIC) add(isCategory(name, "") ? { category: name } : { service: name });
  return [...found.values()];
}

/** Words that stand under `category` in rules; Zeek names its logs as services, whatever they are called. */
const CATEGORIES: ReadonlySet<string> = new Set([
  "antivirus",
  "application",
  "database",
  "dns",
  "file_delete",
  "file_event",
  "firewall",
  "network_connection",
  "process_creation",
  "process_termination",
  "proxy",
  "raw_access_read",
  "sysmon_status",
  "webserver",
]);

const isCategory = (name: string, product: string): boolean => product !== "zeek" && CATEGORIES.has(name);
