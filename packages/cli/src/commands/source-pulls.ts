/** source-pulls: adds a source that Holdfast fetches itself. What the kind needs comes from flags, secrets from files; at a terminal what is
 *  missing is asked for, and secrets are not shown. */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { type PullKind, pullRoutes } from "@holdfast/contracts/pulls";
import type { Client } from "../client.ts";
import { UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

export interface PullFlags {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly secret?: readonly string[];
  readonly allow?: readonly string[];
  readonly since?: string;
  readonly try?: boolean;
  readonly json?: boolean;
}

export async function addPull(
  client: Client,
  given: { readonly kind: PullKind; readonly flags: PullFlags; readonly out: Output },
): Promise<void> {
  const { kind, flags, out } = given;
  const settings = readSettings(kind, flags.set ?? []);
  const secrets = Object.fromEntries(
    await Promise.all(pairs(flags.secret ?? [], "--secret").map(async ([name, path]) => [name, await secretIn(path)])),
  ) as Record<string, string>;
  for (const name of Object.keys(secrets)) demandField(kind.secrets, name, "secret");
  await askFor(kind, settings, secrets);
  const entered = { kind: kind.kind, settings, secrets, allow: [...(flags.allow ?? [])] };
  if (flags.try === true) {
    const tried = await client.call(pullRoutes.tryPull, { body: entered });
    if (flags.json === true) out.json(tried);
    else for (const { stream, said } of tried.answers) out.line(`${stream}: ${said}`);
    if (!tried.ok) process.exitCode = 1;
    return;
  }
  if (flags.name === undefined) throw new UsageError("Say how the source is called: --name <name>.");
  const since = flags.since === undefined ? {} : { since: timeOf(flags.since) };
  const made = await client.call(pullRoutes.addPull, { body: { name: flags.name, ...entered, ...since } });
  if (flags.json === true) out.json({ id: made.id, key: null, url: null, snippet: null });
  else
    out.line(
      `id   ${made.id}\n\nHoldfast fetches it now. \`holdfast sources\` shows what has come, its page what the other side says.`,
    );
}

interface Field {
  readonly title: string;
  readonly type: string;
  readonly required: boolean;
}

function fieldsOf(schema: Readonly<Record<string, unknown>>): Map<string, Field> {
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Record<string, unknown>>);
  return new Map(
    properties.map(([name, { title, type }]) => [
      name,
      { title: String(title ?? name), type: String(type), required: required.includes(name) },
    ]),
  );
}

function demandField(schema: Readonly<Record<string, unknown>>, name: string, what: string): Field {
  const fields = fieldsOf(schema);
  const field = fields.get(name);
  if (field !== undefined) return field;
  throw new UsageError(`There is no ${what} "${name}". There are: ${[...fields.keys()].join(", ")}.`);
}

function readSettings(kind: PullKind, given: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of pairs(given, "--set"))
    settings[name] = valueOf(demandField(kind.settings, name, "setting"), value);
  return settings;
}

function valueOf({ type }: Field, text: string): unknown {
  if (type === "boolean") return text === "true" || text === "yes" || text === "on";
  if (type === "array") return text.split(",").map((part) => part.trim());
  return type === "number" || type === "integer" ? Number(text) : text;
}

function pairs(given: readonly string[], flag: string): [string, string][] {
  return given.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`${flag} is name=value, not "${text.slice(0, 40)}".`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

async function secretIn(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    throw new UsageError(
      `The secret in ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function askFor(
  kind: PullKind,
  settings: Record<string, unknown>,
  secrets: Record<string, string>,
): Promise<void> {
  const lacking = (schema: PullKind["settings"], has: object): [string, Field][] =>
    [...fieldsOf(schema)].filter(([name, { required }]) => required && !(name in has));
  const open = [...lacking(kind.settings, settings), ...lacking(kind.secrets, secrets)];
  if (open.length === 0) return;
  if (!process.stdin.isTTY) {
    const flags = [
      ...lacking(kind.settings, settings).map(([name]) => `--set ${name}=…`),
      ...lacking(kind.secrets, secrets).map(([name]) => `--secret ${name}=<file>`),
    ];
    throw new UsageError(`${kind.title} needs more: ${flags.join(" ")}`);
  }
  for (const [name, field] of lacking(kind.settings, settings))
    settings[name] = valueOf(field, await ask(field.title, false));
  for (const [name, field] of lacking(kind.secrets, secrets)) secrets[name] = await ask(field.title, true);
}

async function ask(title: string, hidden: boolean): Promise<string> {
  process.stderr.write(`${title}: `);
  const output = hidden ? new Writable({ write: (_part, _encoding, done) => done() }) : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    if (hidden) process.stderr.write("\n");
  }
}

function timeOf(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new UsageError(`--since is a day or a time such as 2026-11-01, not "${text.slice(0, 40)}".`);
  return new Date(at).toISOString();
}
