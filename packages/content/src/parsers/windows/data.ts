/** data: the flat data of an event whose XML became nested JSON. EventData is a map of names, a list of unnamed strings,
 *  or lives in UserData under an element of the event's own; rules read all of them by plain names. */
import { type Json, type JsonObject, objectOf, setField } from "@holdfast/sdk";

/** Adds the members of EventData or UserData to `fields`, at the top. */
export function addData(fields: Record<string, unknown>, data: unknown): void {
  const object = objectOf(data);
  if (object === undefined) return;
  for (const name of Object.keys(object)) {
    if (name === "#attributes" || name === "xmlns") continue;
    const value = object[name];
    if (name === "Data") addUnnamed(fields, value);
    else setField(fields, name, plain(value));
  }
}

/** UserData has one element that holds the members. */
export function addUserData(fields: Record<string, unknown>, data: unknown): void {
  const object = objectOf(data);
  if (object === undefined) return;
  for (const name of Object.keys(object)) {
    const inner = objectOf(object[name]);
    if (inner === undefined) setField(fields, name, object[name]);
    else addData(fields, inner);
  }
}

/** `<Data>` without names: a string or a list. With names: a list of { "@Name": …, "#text": … } as XML converters write. */
function addUnnamed(fields: Record<string, unknown>, value: Json | undefined): void {
  const list = Array.isArray(value) ? value : [value];
  const texts: string[] = [];
  for (const item of list) {
    const object = objectOf(item);
    if (object === undefined) {
      texts.push(textOfScalar(item));
      continue;
    }
    const name = nameOfData(object);
    const text = object["#text"];
    if (name !== "") setField(fields, name, plain(text));
    else if (Array.isArray(text)) texts.push(...text.map(textOfScalar));
    else texts.push(textOfScalar(text));
  }
  const joined = texts.filter((text) => text !== "").join("\n");
  if (joined !== "") fields["Data"] = joined;
}

function nameOfData(object: JsonObject): string {
  const direct = object["@Name"] ?? object["Name"] ?? objectOf(object["#attributes"])?.["Name"];
  return typeof direct === "string" ? direct : "";
}

/** An element with attributes becomes its text. */
function plain(value: Json | undefined): unknown {
  const object = objectOf(value);
  if (object === undefined) return value;
  const text = object["#text"];
  return text === undefined ? value : text;
}

function textOfScalar(value: unknown): string {
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : "";
}
