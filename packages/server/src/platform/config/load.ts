/** load: one checked configuration from defaults, holdfast.yaml, HOLDFAST_* variables and flags, the later over the earlier;
 *  each value remembers where it came from. All problems are reported at once. */
import { dirname, isAbsolute, resolve } from "node:path";
import { inspect } from "node:util";
import type { z } from "zod";
import { configFail } from "./errors.ts";
import { type Flags, type Origin, type Read, readConfigFile, readEnvironment, readFlags } from "./origins.ts";
import { type Config, configSchema, DEFAULTS, SETTINGS } from "./schema.ts";
import { hideSecrets } from "./secrecy.ts";

export interface LoadOptions {
  /** By key, with dots or dashes; the flag `config` names another file than ./holdfast.yaml. */
  readonly flags: Flags;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<string, Origin>>;
  /** The file that would be, or was, read. */
  readonly file: string;
}

export function loadConfig(options: LoadOptions): LoadedConfig {
  const cwd = options.cwd ?? process.cwd();
  const environment = options.env ?? process.env;
  const { config: named, ...flags } = options.flags;
  const chosen = typeof named === "string" ? named : environment["HOLDFAST_CONFIG"];
  const file = resolve(cwd, chosen ?? "holdfast.yaml");
  const layers: readonly (readonly [Origin, Read])[] = [
    ["default", { values: new Map(Object.entries(DEFAULTS)), problems: [] }],
    ["file", readConfigFile(file, chosen !== undefined)],
    ["environment", readEnvironment(environment)],
    ["flag", readFlags(flags)],
  ];
  const { values, origins } = merge(layers);
  resolvePaths({ values, origins, cwd, fileDirectory: dirname(file) });
  const parsed = configSchema.safeParse(nest(values));
  const problems = layers.flatMap(([, read]) => read.problems);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => explain(issue, { origins, file, values })));
  if (!parsed.success || problems.length > 0) {
    throw configFail("CONFIG_INVALID", `The configuration cannot be used. ${problems.join(" ")}`, {
      details: { problems },
    });
  }
  return { config: guard(parsed.data), origins: Object.fromEntries(origins), file };
}

type Merged = { values: Map<string, unknown>; origins: Map<string, Origin> };

/** An empty variable counts as not given: that is how shells and compose files unset one. */
function merge(layers: readonly (readonly [Origin, Read])[]): Merged {
  const values = new Map<string, unknown>();
  const origins = new Map<string, Origin>(SETTINGS.map((setting) => [setting.key, "default"]));
  for (const [origin, read] of layers) {
    for (const [key, value] of read.values) {
      if (value === null || value === undefined || (value === "" && origin === "environment")) continue;
      values.set(key, value);
      origins.set(key, origin);
    }
  }
  return { values, origins };
}

/** A path in the file is relative to the file, any other to where the command was run. */
function resolvePaths(merged: Merged & { cwd: string; fileDirectory: string }): void {
  const { values, origins } = merged;
  const absolute = (key: string) => (path: string) => {
    const base = origins.get(key) === "file" ? merged.fileDirectory : merged.cwd;
    return isAbsolute(path) ? path : resolve(base, path);
  };
  for (const key of PATHS) {
    const path = values.get(key);
    if (typeof path === "string" && path.trim() !== "") values.set(key, absolute(key)(path.trim()));
  }
  for (const key of PATH_LISTS) {
    const paths = values.get(key);
    const list = typeof paths === "string" ? paths.split(",").map((path) => path.trim()) : paths;
    if (Array.isArray(list) && list.every((path) => typeof path === "string")) {
      values.set(key, list.filter((path) => path !== "").map(absolute(key)));
    }
  }
}

const PATHS = ["home", "rules.placeholders", "parsers.folder", "backup.folder", "tls.cert", "tls.key", "tls.clients"];
const PATH_LISTS = ["rules.paths", "rules.pipelines"];

function nest(values: ReadonlyMap<string, unknown>): object {
  const root: Record<string, unknown> = {};
  for (const { key } of SETTINGS) {
    const names = key.split(".");
    const last = names.pop() ?? key;
    let target = root;
    for (const name of names) {
      const inner = (target[name] ??= {});
      target = inner as Record<string, unknown>;
    }
    const value = values.get(key);
    if (value !== undefined) target[last] = value;
  }
  return root;
}

function explain(issue: z.core.$ZodIssue, context: Merged & { file: string }): string {
  const path = issue.path.filter((part) => typeof part === "string").join(".");
  const setting = SETTINGS.find((candidate) => candidate.key === path);
  const origin = context.origins.get(path) ?? "default";
  const places: Readonly<Record<Origin, string>> = {
    default: "the default",
    file: context.file,
    environment: `the variable ${setting?.variable ?? path}`,
    flag: `the flag --${path.replaceAll(".", "-")}`,
  };
  const given = setting?.secret === "no" ? `: ${inspect(context.values.get(path))}` : "";
  return `${path} from ${places[origin]}${given} is refused (${issue.message}).`;
}

/** What prints the configuration by accident prints no secret: JSON and console go through these. */
function guard(config: Config): Config {
  const print = () => hideSecrets(config);
  Object.defineProperty(config, "toJSON", { value: print });
  Object.defineProperty(config, inspect.custom, { value: print });
  return config;
}
