/** source-checks: the log source is one that something feeds, and has the fields that the rule reads. */
import { isKnownLogsource } from "../../routing/other-sources.ts";
import { isFed, windowsRoutes } from "../../routing/routes.ts";
import { WINDOWS_CATEGORIES } from "../../routing/windows-categories.ts";
import { WINDOWS_SERVICES } from "../../routing/windows-services.ts";
import { isRecord } from "../../load/detection-reader.ts";
import type { Check } from "../check.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { fieldsOfCategory } from "../windows-fields.ts";

export const SOURCE_CHECKS: readonly Check[] = [
  {
    code: "LOGSOURCE_UNFED",
    severity: "warning",
    teaches: "No event that the engine knows of belongs to this log source: the rule loads and never fires.",
    bad: "logsource:\n  product: windows\n  category: process_creations",
    good: "logsource:\n  product: windows\n  category: process_creation",
    look: (document, report) => {
      const { product, category, service } = document.logsource;
      const named = product ?? category ?? service;
      if (document.kind === "correlation" || named === undefined || isFed(document.logsource)) return;
      const hint =
        category !== undefined && !Object.hasOwn(WINDOWS_CATEGORIES, category)
          ? didYouMean(category, Object.keys(WINDOWS_CATEGORIES))
          : service !== undefined && product === "windows"
            ? didYouMean(service, Object.keys(WINDOWS_SERVICES))
            : "";
      report({
        at: ["logsource"],
        message: `Nothing feeds the log source ${[product, category, service].filter((n) => n !== undefined).join(" / ")}.${hint}`,
      });
    },
  },
  {
    code: "LOGSOURCE_UPPER_CASE",
    severity: "info",
    teaches: "Products, categories and services are written small.",
    bad: "logsource:\n  product: Windows\n  category: process_creation",
    good: "logsource:\n  product: windows\n  category: process_creation",
    look: (document, report) => {
      const logsource = document.value["logsource"];
      for (const key of ["product", "category", "service"]) {
        const value = isRecord(logsource) ? logsource[key] : undefined;
        if (typeof value === "string" && value !== value.toLowerCase())
          report({
            at: ["logsource", key],
            message: `Write ${value.toLowerCase()}.`,
            fix: (source) => source.replaceScalar(["logsource", key], value.toLowerCase()),
          });
      }
    },
  },
  {
    code: "FIELD_NOT_IN_SOURCE",
    severity: "warning",
    teaches:
      "The events that feed this log source (Sysmon, or 4688 for processes) do not have the field, so the test on it never holds. It can only work with a sensor that adds it.",
    bad: "logsource:\n  product: windows\n  category: file_event\ndetection:\n  selection:\n    CommandLine|contains: whoami\n  condition: selection",
    good: "logsource:\n  product: windows\n  category: file_event\ndetection:\n  selection:\n    TargetFilename|endswith: '\\whoami.log'\n  condition: selection",
    look: (document, report) => {
      const { product, category } = document.logsource;
      const known = category === undefined || product !== "windows" ? undefined : fieldsOfCategory(category);
      if (known === undefined) return;
      for (const { field, path, modifiers } of document.items) {
        const name = field.replaceAll(" ", "");
        // Asking whether a field is there, or is missing, is how rules tell sensors apart.
        if (
          name === "" ||
          known.has(name) ||
          modifiers.includes("exists") ||
          spelledOtherwise(name, known) !== undefined
        )
          continue;
        const meant = nearest(name, known);
        report({
          at: path,
          key: true,
          message: `Events of ${category} have no field ${name}.${meant === undefined ? "" : ` Did you mean "${meant}"?`}`,
        });
      }
    },
  },
  {
    code: "FIELD_CASE",
    severity: "error",
    teaches: "Names of fields are compared as written: upper and lower case count.",
    bad: "detection:\n  selection:\n    commandLine|contains: whoami\n  condition: selection",
    good: "detection:\n  selection:\n    CommandLine|contains: whoami\n  condition: selection",
    look: (document, report) => {
      const { product, category } = document.logsource;
      const known = category === undefined || product !== "windows" ? undefined : fieldsOfCategory(category);
      if (known === undefined) return;
      for (const { field, path, key } of document.items) {
        const meant = known.has(field) ? undefined : spelledOtherwise(field, known);
        if (meant !== undefined)
          report({
            at: path,
            key: true,
            message: `The field is written ${meant}; ${field} is never there.`,
            fix: (source) => source.replaceKey(path, `${meant}${key.slice(field.length)}`),
          });
      }
    },
  },
  {
    code: "FIELD_TWO_SPELLINGS",
    severity: "info",
    teaches:
      "Names of fields are compared as written. Two spellings of one name are two fields, of which events often have one.",
    bad: "logsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  selection:\n    eventName: GetCallerIdentity\n  filter:\n    eventname: x\n  condition: selection and not filter",
    good: "logsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  selection:\n    eventName: GetCallerIdentity\n  filter:\n    eventSource: x\n  condition: selection and not filter",
    look: (document, report) => {
      const first = new Map<string, string>();
      for (const { field, path } of document.items) {
        const other = first.get(field.toLowerCase());
        if (other === undefined) first.set(field.toLowerCase(), field);
        else if (other !== field)
          report({
            at: path,
            key: true,
            message: `The field is written ${other} and ${field}, which are two fields: check that events have both.`,
          });
      }
    },
  },
  {
    code: "EVENT_ID_NOT_OF_CATEGORY",
    severity: "error",
    teaches: "The category stands for certain event ids; another one in the detection can never come with them.",
    bad: "detection:\n  selection:\n    EventID: 4624\n    Image|endswith: '\\whoami.exe'\n  condition: selection",
    good: "detection:\n  selection:\n    Image|endswith: '\\whoami.exe'\n  condition: selection",
    look: (document, report) => {
      const routes = document.logsource.category === undefined ? [] : windowsRoutes(document.logsource);
      const ids = routes.flatMap(({ eventIds }) => eventIds ?? []);
      if (routes.length === 0 || ids.length === 0 || isKnownLogsource(document.logsource)) return;
      for (const { field, modifiers, values, path } of document.items)
        if (field === "EventID" && modifiers.length === 0 && !values.some(({ value }) => ids.includes(Number(value))))
          report({
            at: path,
            message: `Events of ${document.logsource.category ?? ""} have the ids ${[...new Set(ids)].join(", ")}: this test never holds.`,
          });
    },
  },
];

function spelledOtherwise(name: string, known: ReadonlySet<string>): string | undefined {
  if (known.has(name)) return undefined;
  const small = name.toLowerCase();
  for (const candidate of known) if (candidate.toLowerCase() === small) return candidate;
  return undefined;
}
