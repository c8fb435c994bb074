/** message-data: facts that a forwarder dropped as fields and kept only in the rendered message. Two shapes are read:
 *  "User: x" lines (Terminal Services) and "Operation = x; Component = y" (WMI). Fields that exist are never replaced. */
import { setField, textOf } from "@holdfast/sdk";

/** Lines of "Name: value", with the names of the event's own fields. */
export function addLines(fields: Record<string, unknown>, names: ReadonlyMap<string, string>): void {
  for (const line of textOf(fields, "Message").slice(0, MOST).split("\n")) {
    const colon = line.indexOf(": ");
    const name = colon < 0 ? undefined : names.get(line.slice(0, colon).trim());
    if (name !== undefined && fields[name] === undefined) fields[name] = line.slice(colon + 2).trim();
  }
}

/** "Name = value; Name = value": a value ends at the next "; ". */
export function addAssignments(fields: Record<string, unknown>): void {
  const message = textOf(fields, "Message").slice(0, MOST);
  if (!message.includes(" = ")) return;
  for (const part of message.split("; ")) {
    const equals = part.indexOf(" = ");
    const name = part.slice(Math.max(0, part.lastIndexOf(" ", equals - 1) + 1), Math.max(0, equals));
    if (/^[A-Za-z]{1,40}$/.test(name) && fields[name] === undefined)
      setField(fields, name, part.slice(equals + 3).trim());
  }
}

const MOST = 8_000;
