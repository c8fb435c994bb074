/** draft: from a shape of unparsed lines to a parser as a field map in YAML, to begin with: it reads such lines and names their values
 *  by the words before them. What a value means is for a person to say. Pure. */
import { stringify } from "yaml";
import { VARIABLE, type Shape } from "./templates.ts";

export function draftOf(shape: Shape, source: string): string {
  const json = objectIn(shape.text);
  const id = `${slug(source)}-${slug(shape.words.find((word) => word !== VARIABLE) ?? "lines")}`.slice(0, 40);
  const map = json === undefined ? textDraft(shape) : jsonDraft(json);
  const columns = Object.fromEntries(map.fields.flatMap((name) => guess(name)));
  return stringify(
    {
      id,
      title: `Records of ${source}`,
      docs: "https://example.org/where-the-format-is-described",
      product: slug(source),
      read: map.read,
      accepts: map.accepts,
      ...(map.time === undefined ? {} : { time: [map.time] }),
      columns,
      kind: "base_event/unknown",
      samples: [{ name: "first", in: shape.example, out: {} }],
    },
    { lineWidth: 0 },
  );
}

interface Draft {
  readonly read: object;
  readonly accepts: object;
  readonly fields: readonly string[];
  readonly time?: string | undefined;
}

function textDraft({ words }: Shape): Draft {
  const names = new Map<string, number>();
  const fields: string[] = [];
  let before = "field";
  const parts = words.map((word) => {
    // A percent sign begins a name in a pattern.
    if (word !== VARIABLE && !word.includes("%")) {
      before = slug(word).replaceAll("-", "_") || before;
      return word;
    }
    const count = (names.get(before) ?? 0) + 1;
    names.set(before, count);
    const name = count === 1 ? before : `${before}_${count}`;
    fields.push(name);
    return `%{${name}}`;
  });
  const steady = words.filter((word) => word !== VARIABLE && !word.includes("%") && word.length > 2).slice(0, 3);
  return { read: { as: "dissect", patterns: [parts.join(" ")] }, accepts: { contains: steady }, fields };
}

function jsonDraft(json: Readonly<Record<string, unknown>>): Draft {
  const fields = Object.keys(json).slice(0, 60);
  const time = fields.find((name) => /^(?:@?timestamp|time|ts|date|eventtime)$/i.test(name));
  return { read: { as: "json" }, accepts: { has: fields.slice(0, 3) }, fields, time };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Names that mean the same everywhere. */
const COLUMNS: readonly (readonly [RegExp, string])[] = [
  [/^(?:host|hostname|computer)$/, "host"],
  [/^(?:user|username|account|login|for)$/, "user"],
  [/^(?:src|src_?ip|source_?ip|client|client_?ip|from|remote_?addr)$/, "src_ip"],
  [/^(?:dst|dst_?ip|dest_?ip|destination_?ip|to|server_?ip)$/, "dst_ip"],
  [/^(?:src_?port|sport|port)$/, "src_port"],
  [/^(?:dst_?port|dport)$/, "dst_port"],
  [/^(?:url|uri|request)$/, "url"],
  [/^(?:status|code|status_?code)$/, "http_status"],
  [/^(?:file|path|file_?name)$/, "file_path"],
  [/^(?:process|image|exe|program)$/, "process_path"],
];

function guess(name: string): [string, string][] {
  const found = COLUMNS.find(([pattern]) => pattern.test(name.toLowerCase()));
  return found === undefined ? [] : [[found[1], name]];
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
