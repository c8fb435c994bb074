/** connection: which server a command talks to: --url and --token, else the one that runs on this home (it leaves its address
 *  and a token in cli.json, readable by its owner only). */
import { existsSync, readFileSync } from "node:fs";
import { loadConfig } from "@holdfast/server/config";
import { homePaths } from "@holdfast/server/home";
import { type Client, createClient } from "./client.ts";

export interface ConnectionFlags {
  readonly url?: string;
  readonly token?: string;
  readonly home?: string;
  readonly config?: string;
}

export class UsageError extends Error {}

export function connect(flags: ConnectionFlags): Client {
  if (flags.url !== undefined) {
    if (flags.token === undefined)
      throw new UsageError(
        "--url needs --token: make one on the server with `holdfast token create --name <name> --role <role>`.",
      );
    return createClient({ url: flags.url.replace(/\/+$/, ""), token: flags.token });
  }
  const found = readAnnouncement(flags);
  if (found === undefined) {
    throw new Error(
      "No server is running on this home. Start one with `holdfast up`, or name one with --url and --token.",
    );
  }
  return createClient({ url: found.url, token: flags.token ?? found.token });
}

/** Undefined when no server has announced itself on this home. */
export function readAnnouncement(flags: ConnectionFlags): { url: string; token: string } | undefined {
  const file = homePaths(homeOf(flags)).cli;
  if (!existsSync(file)) return undefined;
  const value = JSON.parse(readFileSync(file, "utf8")) as { url?: unknown; token?: unknown };
  return typeof value.url === "string" && typeof value.token === "string"
    ? { url: value.url, token: value.token }
    : undefined;
}

const homeOf = (flags: ConnectionFlags): string =>
  loadConfig({
    flags: {
      ...(flags.home === undefined ? {} : { home: flags.home }),
      ...(flags.config === undefined ? {} : { config: flags.config }),
    },
  }).config.home;
