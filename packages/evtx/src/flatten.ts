/**
 * flatten: a record's nested JSON to the flat names that rules and people use: System values under their own name, their
 * attributes as Element_Attribute, EventData and UserData leaves by name, spaces in names stripped.
 */

/** UserData is a few levels deep; JSON from elsewhere may be forged. */
const MAX_DEPTH = 64;

type Node = Readonly<Record<string, unknown>>;

export function flattenEvent(json: object): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  const event = member(json, "Event") ?? json;
  const system = member(event, "System");
  for (const [name, value] of entries(system)) {
    if (!isNode(value)) {
      flat[name] = value;
      continue;
    }
    if (value["#text"] !== undefined) flat[name] = value["#text"];
    for (const [attribute, inner] of entries(value["#attributes"])) flat[`${name}_${attribute}`] = inner;
  }
  for (const [part, value] of entries(event)) {
    if (part !== "System" && part !== "#attributes") leaves(part, value, { into: flat, depth: 0 });
  }
  return flat;
}

/** The first value of a name wins: System fields are never overwritten by what a provider logs. */
function leaves(name: string, value: unknown, given: { into: Record<string, unknown>; depth: number }): void {
  const { into, depth } = given;
  if (isNode(value) && value["#text"] === undefined) {
    for (const [inner, child] of entries(value)) {
      if (inner !== "#attributes" && depth < MAX_DEPTH) leaves(inner, child, { into, depth: depth + 1 });
    }
    return;
  }
  const key = name.replaceAll(" ", "");
  if (key === "EventData" || key === "UserData" || key === "__proto__" || Object.hasOwn(into, key)) return;
  into[key] = isNode(value) ? value["#text"] : value;
}

function member(value: unknown, name: string): unknown {
  return isNode(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return isNode(value) ? Object.entries(value) : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
