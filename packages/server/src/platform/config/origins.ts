/** origins: reads each place a setting can come from into `key -> value`, and refuses names that no setting has. */
import { existsSync, readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { nearest } from "../spelling/index.ts";
import { SETTINGS } from "./schema.ts";

export type Origin = "default" | "file" | "environment" | "flag";

export interface Read {
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly string[];
}

export type Flags = Readonly<Record<string, unknown>>;

/** Nested maps and dotted keys both name a setting. */
export function readConfigFile(path: string, required: boolean): Read {
  if (!existsSync(path)) {
    const problems = required
      ? [`The configuration file ${path} does not exist: create it, or leave the flag out.`]
      : [];
    return { values: new Map(), problems };
  }
  const document = parseDocument(readFileSync(path, "utf8"));
  const broken = document.errors[0];
  if (broken !== undefined) return { values: new Map(), problems: [`${path} is not valid YAML: ${broken.message}`] };
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return { values: new Map(), problems: [] };
  if (!isMap(content)) return { values: new Map(), problems: [`${path} must hold "key: value" lines.`] };
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  for (const [key, value] of flatten(content, "")) {
    if (KEYS.has(key)) values.set(key, value);
    else problems.push(`${path} has the unknown key ${key}${suggestion(key, [...KEYS])}.`);
  }
  return { values, problems };
}

export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Read {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("HOLDFAST_") || value === undefined || isOthers(name)) continue;
    const key = KEY_OF_VARIABLE.get(name);
    if (key !== undefined) values.set(key, value);
    else
      problems.push(
        `The environment has the unknown variable ${name}${suggestion(name, [...KEY_OF_VARIABLE.keys()])}.`,
      );
  }
  return { values, problems };
}

/** Flags by key, with dots or dashes: `http.port` or `http-port`. */
export function readFlags(flags: Flags): Read {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const key = name.replaceAll("-", ".");
    if (KEYS.has(key)) values.set(key, value);
    else problems.push(`Unknown flag --${name}${suggestion(key, [...KEYS])}.`);
  }
  return { values, problems };
}

const KEYS: ReadonlySet<string> = new Set(SETTINGS.map((setting) => setting.key));
const SECTIONS: ReadonlySet<string> = new Set(
  [...KEYS].flatMap((key) => key.split(".").map((_, i, all) => all.slice(0, i).join("."))),
);
const KEY_OF_VARIABLE: ReadonlyMap<string, string> = new Map(
  SETTINGS.map((setting) => [setting.variable, setting.key]),
);

/** Read by the command line (where a running server is) and by the tests, not settings of the server. */
function isOthers(name: string): boolean {
  return (
    name === "HOLDFAST_URL" ||
    name === "HOLDFAST_TOKEN" ||
    name === "HOLDFAST_CONFIG" ||
    name.startsWith("HOLDFAST_TEST_")
  );
}

function suggestion(name: string, known: readonly string[]): string {
  const found = nearest(name, known);
  return found === null ? "" : `; did you mean ${found}?`;
}

function* flatten(map: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(map)) {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (SECTIONS.has(key) && !KEYS.has(key) && (value === null || value === undefined)) continue;
    if (isMap(value) && !KEYS.has(key)) yield* flatten(value, key);
    else yield [key, value];
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
