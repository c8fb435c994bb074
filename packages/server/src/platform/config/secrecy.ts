/** secrecy: the configuration as it may be shown: every value with its origin, secrets as dots. */
import type { Origin } from "./origins.ts";
import { type Config, SETTINGS, type Setting } from "./schema.ts";

export interface ShownSetting {
  readonly key: string;
  readonly variable: string;
  readonly description: string;
  /** Undefined when the setting has no value. */
  readonly value: unknown;
  readonly origin: Origin;
}

/** For `doctor` and the settings page. */
export function describeConfig(loaded: { config: Config; origins: Readonly<Record<string, Origin>> }): ShownSetting[] {
  return SETTINGS.map((setting) => ({
    key: setting.key,
    variable: setting.variable,
    description: setting.description,
    value: shown(setting, valueAt(loaded.config, setting.key)),
    origin: loaded.origins[setting.key] ?? "default",
  }));
}

/** A flat copy without secrets. */
export function hideSecrets(config: Config): Record<string, unknown> {
  return Object.fromEntries(SETTINGS.map((setting) => [setting.key, shown(setting, valueAt(config, setting.key))]));
}

const DOTS = "•••";

function valueAt(config: Config, key: string): unknown {
  let value: unknown = config;
  for (const name of key.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

function shown(setting: Setting, value: unknown): unknown {
  if (value === undefined || setting.secret === "no") return value;
  if (setting.secret === "whole" || typeof value !== "string") return DOTS;
  return value
    .replace(/^([a-z]+:\/\/[^/@]*?):[^/]*@/i, `$1:${DOTS}@`)
    .replace(/([?&][^=&]*(?:password|secret|key)[^=&]*=)[^&]*/gi, `$1${DOTS}`);
}
