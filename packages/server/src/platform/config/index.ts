/** index: the surface of the configuration; also "@holdfast/server/config". */
export { type LoadedConfig, type LoadOptions, loadConfig } from "./load.ts";
export type { Origin } from "./origins.ts";
export type { Config } from "./schema.ts";
export { describeConfig, type ShownSetting } from "./secrecy.ts";
