/** commands: CACAO's commands as our actions, so that they too are approved, proven and recorded. What we have no way for is said,
 *  and goes to a person. */
import type { Json, JsonObject } from "@holdfast/playbook";

export type CommandCall =
  | {
      readonly ok: true;
      readonly action: string;
      readonly input: JsonObject;
      /** Hosts that it is meant for, one of which the connector must speak to; any where the target names none. */
      readonly places?: readonly string[];
      /** Where its target says that SSH answers, when it says so. */
      readonly ssh?: { readonly host: string; readonly port: number };
    }
  | { readonly ok: false; readonly reason: string };

export function actionOf(command: JsonObject, target: JsonObject | null): CommandCall {
  switch (command["type"]) {
    case "ssh":
    case "bash":
      return shell(command, target);
    case "http-api":
      return request(command, target);
    case "openc2":
    case "openc2-http":
      return openc2(command, target);
    default:
      return no(
        `Holdfast cannot run commands of the type "${String(command["type"])}": do it by hand and skip the step.`,
      );
  }
}

function shell(command: JsonObject, target: JsonObject | null): CommandCall {
  const text = contentOf(command, "command");
  const host = target === null ? undefined : hostOf(target);
  if (text === undefined || text === "") return no("The command has no text.");
  if (typeof command["command_b64"] === "string" && /__[a-zA-Z_][a-zA-Z0-9_-]*?__:value/.test(text)) {
    return no("The command names variables inside of Base64, where none is put in: write it as plain text.");
  }
  if (host === undefined) return no("The command says no target with a name or an address.");
  const said = target?.["port"];
  const port = said === undefined || said === null || said === "" ? undefined : portOf(said);
  if (port === null) return no(`The target names the port ${JSON.stringify(said)}, which is none: 1 to 65535.`);
  return {
    ok: true,
    action: "run-ssh-command",
    input: { host, argv: ["sh", "-c", text] },
    ...(port === undefined ? {} : { ssh: { host, port } }),
  };
}

/** "GET /path HTTP/1.1", as CACAO writes it. */
function request(command: JsonObject, target: JsonObject | null): CommandCall {
  const [method = "", path = ""] = String(command["command"] ?? "").split(/\s+/);
  if (method === "" || path === "") return no('An HTTP command is "METHOD path".');
  const headers = Object.entries(objectOf(command["headers"])).map(([name, values]): [string, string] => [
    name,
    Array.isArray(values) ? values.join(", ") : String(values),
  ]);
  const body = contentOf(command, "content");
  return {
    ok: true,
    action: "http-request",
    places: placesOf(target),
    input: {
      method: method.toUpperCase(),
      path: path.startsWith("/") ? path : `/${path}`,
      headers: Object.fromEntries(headers),
      ...(body === undefined ? {} : { body }),
    },
  };
}

/** The command itself, out of the envelope that some write around it. */
function openc2(command: JsonObject, place: JsonObject | null): CommandCall {
  const text = contentOf(command, "content");
  let content: Json;
  try {
    content = text === undefined ? (command["content"] ?? null) : JSON.parse(text);
  } catch {
    return no("The content of the OpenC2 command is no JSON.");
  }
  const inner = objectOf(objectOf(objectOf(objectOf(content)["body"])["openc2"])["request"]);
  const { action, target, args, actuator } = Object.keys(inner).length > 0 ? inner : objectOf(content);
  if (typeof action !== "string") return no("The OpenC2 command has no action.");
  return {
    ok: true,
    action: "openc2-command",
    places: placesOf(place),
    input: {
      action,
      target: objectOf(target),
      ...(args === undefined ? {} : { args }),
      ...(actuator === undefined ? {} : { actuator }),
    },
  };
}

function contentOf(command: JsonObject, field: string): string | undefined {
  const encoded = command[`${field}_b64`];
  if (typeof encoded === "string") return Buffer.from(encoded, "base64").toString("utf8");
  const plain = command[field];
  return typeof plain === "string" ? plain : undefined;
}

function hostOf(target: JsonObject): string | undefined {
  const address = objectOf(target["address"]);
  for (const kind of ["dname", "ipv4", "ipv6"]) {
    const [first] = Array.isArray(address[kind]) ? address[kind] : [];
    if (typeof first === "string") return first;
  }
  return undefined;
}

/** CACAO writes a port as text. */
function portOf(said: Json): number | null {
  const port = typeof said === "string" && /^\d{1,5}$/.test(said.trim()) ? Number(said) : said;
  return typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : null;
}

/** The hosts of a target's addresses. */
function placesOf(target: JsonObject | null): string[] {
  const address = objectOf(target?.["address"]);
  const listed = (kind: string): string[] => {
    const values = address[kind];
    return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
  };
  const urls = listed("url").flatMap((url) => (URL.canParse(url) ? [new URL(url).hostname] : []));
  return [...listed("dname"), ...listed("ipv4"), ...listed("ipv6"), ...urls].map((host) => host.toLowerCase());
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

const no = (reason: string): CommandCall => ({ ok: false, reason });
