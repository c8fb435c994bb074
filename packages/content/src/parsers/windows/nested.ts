/** nested: the event of a record whose XML became nested JSON, whoever made it so. */
import {
  type EventTime,
  integerOf,
  type JsonObject,
  objectOf,
  parseIso,
  type ParseResult,
  textOf,
} from "@holdfast/sdk";
import { addData, addUserData } from "./data.ts";
import { windowsEvent } from "./event.ts";

/** @param event members of the Event element: System, and EventData or UserData */
export function nestedEvent(event: JsonObject): ParseResult {
  const system = objectOf(event["System"]);
  if (system === undefined) return { ok: false, reason: "no Event.System" };
  const id = eventIdOf(system);
  if (id < 0) return { ok: false, reason: "Event.System.EventID is not a number" };
  const fields: Record<string, unknown> = {};
  addData(fields, event["EventData"]);
  addUserData(fields, event["UserData"]);
  // The System part wins: an event about another log has a Channel in its own data, kept as ClearedChannel.
  if (typeof fields["Channel"] === "string") fields["ClearedChannel"] = fields["Channel"];
  addSystem(fields, system);
  return {
    ok: true,
    event: windowsEvent({
      fields,
      channel: textOf(system, "Channel"),
      id,
      provider: attribute(system, "Provider", "Name"),
      computer: textOf(system, "Computer"),
      time: timeOf(system),
    }),
  };
}

function eventIdOf(system: JsonObject): number {
  const value = system["EventID"];
  const id = integerOf(objectOf(value)?.["#text"] ?? value);
  return id === 0 && value !== 0 && value !== "0" ? -1 : id;
}

/** Attribute of an element, in the ways that converters write it. */
function attribute(system: JsonObject, element: string, name: string): string {
  const value = objectOf(system[element]);
  if (value === undefined) return "";
  const found = objectOf(value["#attributes"])?.[name] ?? value[`@${name}`] ?? value[name];
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

function timeOf(system: JsonObject): EventTime | undefined {
  return parseIso(attribute(system, "TimeCreated", "SystemTime"));
}

/** System members by the names that Sigma rules use: "Provider_Name", "Execution_ProcessID", "Level" … */
function addSystem(fields: Record<string, unknown>, system: JsonObject): void {
  for (const name of ["Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID"]) {
    const value = system[name];
    if (value !== undefined && fields[name] === undefined) fields[name] = value;
  }
  const user = attribute(system, "Security", "UserID");
  if (user !== "") fields["Security_UserID"] = user;
  const pid = attribute(system, "Execution", "ProcessID");
  if (pid !== "") fields["Execution_ProcessID"] = integerOf(pid);
}
