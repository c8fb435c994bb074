/** xml: a rendered event (`<Event>…</Event>`) as the nested JSON that converters of .evtx files write: attributes under "#attributes",
 *  text under "#text", an element of nothing but text as that text, repeated ones as a list. Reads what Windows and Sysmon for
 *  Linux write and nothing more of XML: no document types, no entities of one's own. One pass; never throws. */
import type { Json, JsonObject } from "@holdfast/sdk";

/** @returns the members of the Event element, or undefined when the text is not one whole event */
export function readEventXml(text: string): JsonObject | undefined {
  const open: Open[] = [];
  let elements = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const end = text.indexOf(">", at);
    if (end < 0 || end - at > LONGEST_TAG) return undefined;
    const tag = text.slice(at + 1, end);
    at = end + 1;
    if (tag.startsWith("?") && open.length === 0) continue;
    if (tag.startsWith("!")) return undefined;
    const top = open.at(-1);
    if (tag.startsWith("/")) {
      if (top === undefined || tag.slice(1).trim() !== top.name) return undefined;
      top.text += unescaped(text.slice(top.from, end - tag.length - 1));
      open.pop();
      const parent = open.at(-1);
      if (parent === undefined) return top.name === "Event" ? top.members : undefined;
      add(parent, top);
      parent.from = at;
      continue;
    }
    elements += 1;
    if (elements > MOST_ELEMENTS || open.length >= DEEPEST || (open.length === 0 && elements > 1)) return undefined;
    if (top !== undefined) top.text += unescaped(text.slice(top.from, end - tag.length - 1));
    const isEmpty = tag.endsWith("/");
    const element = elementOf(isEmpty ? tag.slice(0, -1) : tag, at);
    if (!isEmpty) open.push(element);
    else if (top === undefined) return undefined;
    else {
      add(top, element);
      top.from = at;
    }
  }
  return undefined;
}

const MOST_ELEMENTS = 2_000;
const DEEPEST = 12;
/** Attributes are names and numbers. Of a longer tag the search for them would cost its square. */
const LONGEST_TAG = 2_000;

interface Open {
  readonly name: string;
  readonly members: Record<string, Json>;
  text: string;
  /** Where text that is not added yet begins. */
  from: number;
}

function elementOf(tag: string, from: number): Open {
  const blank = tag.search(/\s/);
  const name = blank < 0 ? tag : tag.slice(0, blank);
  const members: Record<string, Json> = {};
  if (blank >= 0) {
    const attributes: Record<string, Json> = {};
    for (const [, key = "", double, single] of tag.slice(blank).matchAll(ATTRIBUTE))
      set(attributes, key, unescaped(double ?? single ?? ""));
    if (Object.keys(attributes).length > 0) members["#attributes"] = attributes;
  }
  return { name, members, text: "", from };
}

const ATTRIBUTE = /([A-Za-z_][\w.:-]{0,60})\s{0,9}=\s{0,9}(?:"([^"]{0,500})"|'([^']{0,500})')/g;

function add(parent: Open, { name, members, text }: Open): void {
  const isBare = Object.keys(members).length === 0;
  // Blanks between elements are layout; in an element of text they are its value.
  const value: Json = isBare ? text : text.trim() === "" ? members : { ...members, "#text": text };
  const before = Object.hasOwn(parent.members, name) ? parent.members[name] : undefined;
  if (before === undefined) set(parent.members, name, value);
  else if (Array.isArray(before)) before.push(value);
  else set(parent.members, name, [before, value]);
}

/** Names are the sender's: none may reach an object's own workings. */
function set(object: Record<string, Json>, name: string, value: Json): void {
  if (name !== "__proto__") object[name] = value;
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.includes("&") ? text.replaceAll(ENTITY, (_, body: string) => characterOf(body)) : text;
}

const ENTITY = /&(lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});/g;

function characterOf(body: string): string {
  if (!body.startsWith("#")) return NAMED[body] ?? "";
  const code = body.startsWith("#x") ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : `&${body};`;
}
