/** otlp-json: an export request in OpenTelemetry's JSON: 64-bit numbers are text, ids are hex, enumerations are numbers. Total: what
 *  is not as it should be is left out or read as text, and only a body that is no request is refused. */
import type { Around, OtlpRead } from "./otlp.ts";

export function readJsonLogs(body: Buffer): OtlpRead {
  return readJsonExport(body, LOGS, (record, around) => ({
    timeUnixNano: textOf(record["timeUnixNano"]),
    observedTimeUnixNano: textOf(record["observedTimeUnixNano"]),
    severityNumber: Number(record["severityNumber"] ?? 0) || 0,
    severityText: textOf(record["severityText"]),
    body: valueOf(record["body"], 0),
    attributes: attributesOf(record),
    ...around,
    traceId: textOf(record["traceId"]),
    spanId: textOf(record["spanId"]),
    eventName: textOf(record["eventName"]),
  }));
}

/** What an export request calls its levels. */
export interface ExportNames {
  readonly message: string;
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
}

/** Every item of an export request, whatever it carries, with its resource and scope. */
export function readJsonExport<T>(
  body: Buffer,
  names: ExportNames,
  of: (item: Record<string, unknown>, around: Around) => T,
): { readonly ok: true; readonly records: T[] } | { readonly ok: false; readonly reason: string } {
  let request: unknown;
  try {
    request = JSON.parse(body.toString("utf8"));
  } catch {
    return { ok: false, reason: "the body is not JSON" };
  }
  if (!isRecord(request)) return { ok: false, reason: `the body is not an ${names.message}` };
  const records: T[] = [];
  for (const group of listOf(request, names.resources)) {
    const resource = attributesOf(isRecord(group["resource"]) ? group["resource"] : {});
    for (const scoped of listOf(group, names.scopes)) {
      const about = isRecord(scoped["scope"]) ? scoped["scope"] : {};
      const scope = { name: textOf(about["name"]), version: textOf(about["version"]) };
      for (const item of listOf(scoped, names.items)) records.push(of(item, { resource, scope }));
    }
  }
  return { ok: true, records };
}

const LOGS: ExportNames = {
  message: "ExportLogsServiceRequest",
  resources: "resourceLogs",
  scopes: "scopeLogs",
  items: "logRecords",
};

const DEEPEST = 32;

export function attributesOf(of: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(listOf(of, "attributes").map(({ key, value }) => [textOf(key), valueOf(value, 0)]));
}

/** An AnyValue as plain JSON. */
function valueOf(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > DEEPEST) return undefined;
  if ("stringValue" in value) return textOf(value["stringValue"]);
  if ("boolValue" in value) return value["boolValue"] === true;
  if ("intValue" in value) return exact(textOf(value["intValue"]));
  if ("doubleValue" in value) return value["doubleValue"];
  if ("bytesValue" in value) return textOf(value["bytesValue"]);
  if (isRecord(value["arrayValue"]))
    return listOf(value["arrayValue"], "values").map((inner) => valueOf(inner, depth + 1));
  if (isRecord(value["kvlistValue"]))
    return Object.fromEntries(
      listOf(value["kvlistValue"], "values").map((pair) => [textOf(pair["key"]), valueOf(pair["value"], depth + 1)]),
    );
  return undefined;
}

/** A number where a double holds it, else its digits. */
export function exact(digits: string): number | string {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}

export function listOf(of: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const list = of[name];
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
