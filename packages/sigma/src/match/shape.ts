/**
 * shape: brings the ways in which Windows events arrive (raw EVTX nesting, Winlogbeat's `winlog`, names with spaces) to the
 * one flat shape the rules are written for. A record that is flat already is returned as it is.
 */
import { sigmaFields } from "../routing/shapes.ts";
import type { Fields } from "./access.ts";

/** UserData is a few levels deep. */
const MAX_DEPTH = 32;

export function flatFields(fields: Fields): Fields {
  const event = fields["Event"];
  if (isObject(event) && isObject(event["System"])) return fromEvtx(event);
  const winlog = fields["winlog"];
  if (isObject(winlog)) return fromWinlog(fields, winlog);
  return fields["Channel"] === undefined ? sigmaFields(fields) : withoutSpaces(fields);
}

/** Only Windows names are known to have spaces; other records keep their keys. */
function withoutSpaces(fields: Fields): Fields {
  const channel = fields["Channel"];
  if (typeof channel !== "string" || isUsual(channel) || /Sysmon|Security$/i.test(channel)) return fields;
  for (const key in fields) {
    if (key.includes(" ")) {
      return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.replaceAll(" ", ""), value]));
    }
  }
  return fields;
}

/** How the two are nearly always written: sooner seen than the expression is run. */
function isUsual(channel: string): boolean {
  return channel === "Security" || channel.startsWith("Microsoft-Windows-Sysmon");
}

/** System values are written last: nothing that a provider logs may pass for them. */
function fromEvtx(event: Fields): Fields {
  const flat: Record<string, unknown> = {};
  for (const part of [event["EventData"], event["UserData"]]) leaves(part, flat);
  for (const [name, value] of Object.entries(isObject(event["System"]) ? event["System"] : {})) {
    if (!isObject(value)) {
      put(flat, name, value);
      continue;
    }
    const attributes = isObject(value["#attributes"]) ? value["#attributes"] : value;
    for (const [attribute, inner] of Object.entries(attributes)) {
      if (attribute !== "#text") put(flat, `${name}_${attribute}`, inner);
    }
    if (value["#text"] !== undefined) put(flat, name, value["#text"]);
  }
  return flat;
}

function leaves(value: unknown, into: Record<string, unknown>, depth = 0): void {
  if (!isObject(value) || depth > MAX_DEPTH) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === "#attributes") continue;
    if (isObject(inner) && inner["#text"] === undefined) leaves(inner, into, depth + 1);
    else put(into, name.replaceAll(" ", ""), isObject(inner) ? inner["#text"] : inner);
  }
}

function fromWinlog(fields: Fields, winlog: Fields): Fields {
  const flat: Record<string, unknown> = { ...fields };
  for (const part of [winlog["event_data"], winlog["user_data"]]) leaves(part, flat);
  flat["Channel"] = winlog["channel"];
  flat["EventID"] = winlog["event_id"];
  flat["Provider_Name"] = winlog["provider_name"];
  flat["Computer"] = winlog["computer_name"];
  return flat;
}

function put(into: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") into[name] = value;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
