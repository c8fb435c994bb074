/** backup: `holdfast backup`, `holdfast backup verify` and `holdfast restore`. A running server makes the backup itself; of a stopped one it
 *  is made here, under the lock of its home. Verifying and restoring need no server. */
import { resolve } from "node:path";
import { backupRoutes, type BackupState, type EndedBackup } from "@holdfast/contracts/backup";
import { loadConfig } from "@holdfast/server/config";
import type { Command } from "commander";
import { type Client, createClient } from "../client.ts";
import { type ConnectionFlags, connect, readAnnouncement, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

interface BackupFlags {
  readonly withKey?: boolean;
  readonly withoutServers?: boolean;
  readonly json?: boolean;
}

interface RestoreFlags {
  readonly key?: string;
  readonly release?: boolean;
  readonly json?: boolean;
}

export function addBackup(program: Command, out: Output): void {
  const backup = program
    .command("backup")
    .description("copy this Holdfast into a new folder, while it runs or while it is stopped")
    .argument("[folder]", "folder to make; with --url, its name below backup.folder of the server")
    .option("--with-key", "put secrets.json in: whoever has such a backup can open every secret in it")
    .option("--without-servers", "go on although a store is a server of its own, and copy the rest")
    .option("--json", "print JSON")
    .action(async (folder: string | undefined, flags: BackupFlags, command: Command) => {
      if (folder === undefined) throw new UsageError("Name the folder to make: holdfast backup <folder>.");
      await make(folder, { flags, connection: command.optsWithGlobals<ConnectionFlags>(), out });
    });
  backup
    .command("verify <folder>")
    .description("compare every file of a backup with its manifest, without restoring it")
    .option("--json", "print JSON")
    .action(async (folder: string, _flags: object, command: Command) => {
      await verify(folder, command.optsWithGlobals<{ json?: boolean }>().json === true, out);
    });
  program
    .command("restore")
    .description("put a backup into an empty home; what acts outward then waits for --release")
    .argument("[folder]", "a backup")
    .option("--key <file>", "the secrets.json of the home that the backup was made of")
    .option("--release", "let the running, restored Holdfast act outward again")
    .option("--json", "print JSON")
    .action(async (folder: string | undefined, flags: RestoreFlags, command: Command) => {
      const connection = command.optsWithGlobals<ConnectionFlags>();
      if (flags.release === true) return release(connection, { flags, out });
      if (folder === undefined) throw new UsageError("Name the backup: holdfast restore <folder> [--home <home>].");
      await restore(folder, { flags, connection, out });
    });
}

async function make(
  folder: string,
  { flags, connection, out }: { flags: BackupFlags; connection: ConnectionFlags; out: Output },
): Promise<void> {
  const options = { withKey: flags.withKey === true, withoutServers: flags.withoutServers === true };
  const server = await runningServer(connection);
  const place = connection.url === undefined ? resolve(folder) : folder;
  const made =
    server === undefined
      ? await makeHere(place, { options, connection, out })
      : await watch(server, await server.call(backupRoutes.startBackup, { body: { folder: place, ...options } }), out);
  const took = made.heldMs === null ? "" : ` Events waited ${(made.heldMs / 1000).toFixed(1)} s for it, acknowledged.`;
  if (flags.json === true) out.json(made);
  else out.line(`${made.folder}: ${made.files} files, ${mib(made.bytes)} MiB, as of ${made.takenAt}.${took}`);
  out.warn(
    options.withKey
      ? "The key is in it: whoever has this folder can open every secret. Keep it as you keep a password."
      : "The key is not in it. Keep secrets.json of the home apart from this folder: without it the backup does not open.",
  );
}

/** Undefined when none runs on this home; a server elsewhere is asked in any case. */
async function runningServer(connection: ConnectionFlags): Promise<Client | undefined> {
  if (connection.url !== undefined) return connect(connection);
  const found = readAnnouncement(connection);
  if (found === undefined) return undefined;
  const client = createClient(found);
  return (await client.answers()) ? client : undefined;
}

const WORDS = {
  measuring: "measuring",
  state: "copying the state",
  holding: "cutting: events wait for a moment",
  events: "copying the events",
  finishing: "writing to disk",
} as const;
const LOOK_MS = 300;

async function watch(server: Client, begun: BackupState, out: Output): Promise<Made> {
  const { id } = begun.running ?? { id: "" };
  let said = "";
  for (let state = begun; ; state = await server.call(backupRoutes.readBackup, {})) {
    if (state.running?.id !== id) {
      const { last } = state;
      if (last?.id !== id) throw new Error("The server was started anew meanwhile: there is no backup.");
      if (last.error !== null) throw new Error(`${last.error.message} [${last.error.code}]`);
      return last;
    }
    const words = WORDS[state.running.phase];
    if (words !== said) out.say(`${words} (${mib(state.running.bytes)} of up to ${mib(state.running.totalBytes)} MiB)`);
    said = words;
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
}

type Made = Pick<EndedBackup, "folder" | "takenAt" | "heldMs" | "files" | "bytes">;

async function makeHere(
  folder: string,
  given: { options: { withKey: boolean; withoutServers: boolean }; connection: ConnectionFlags; out: Output },
): Promise<Made> {
  const { config } = loadConfig({ flags: flagsOf(given.connection) });
  given.out.say("No server runs on this home: copying it as it lies");
  const { backupStopped } = await import("@holdfast/server/backup");
  const manifest = await backupStopped({
    ...given.options,
    home: config.home,
    folder,
    here: { state: config.database.url === undefined, events: config.clickhouse.url === undefined },
    onBytes: () => {},
    now: Date.now(),
  });
  const { takenAt, bytes, files } = manifest;
  return { folder, takenAt, bytes, files: files.length, heldMs: null };
}

async function verify(folder: string, json: boolean, out: Output): Promise<void> {
  const { verifyBackup } = await import("@holdfast/server/backup");
  const { manifest, wrong } = await verifyBackup(resolve(folder));
  const { takenAt, version, bytes, files } = manifest;
  if (json) out.json({ ok: wrong.length === 0, takenAt, version, bytes, files: files.length, wrong });
  else if (wrong.length === 0) out.line(`Whole: ${files.length} files, ${mib(bytes)} MiB, as of ${takenAt}.`);
  else for (const { path, why } of wrong) out.line(`${path}: ${why}`);
  if (wrong.length > 0) process.exitCode = 1;
}

async function restore(
  folder: string,
  { flags, connection, out }: { flags: RestoreFlags; connection: ConnectionFlags; out: Output },
): Promise<void> {
  const { config } = loadConfig({ flags: flagsOf(connection) });
  const { restoreBackup } = await import("@holdfast/server/backup");
  const manifest = await restoreBackup({
    folder: resolve(folder),
    home: resolve(config.home),
    ...(flags.key === undefined ? {} : { key: resolve(flags.key) }),
    onPhase: (phase) => out.say(phase === "checking" ? "checking every file" : "putting it back"),
    onBytes: () => {},
    now: Date.now(),
  });
  const { takenAt, parts, bytes, files } = manifest;
  if (flags.json === true) return out.json({ home: resolve(config.home), takenAt, parts, files: files.length, bytes });
  out.line(`${resolve(config.home)} is as it was at ${takenAt}. Start it with \`holdfast up\`.`);
  for (const [part, place] of Object.entries(parts))
    if (place === "elsewhere")
      out.warn(`Its ${part} lies on a server of its own: put that server's own backup back too.`);
  out.warn(
    "Runs, effects, pages, tickets and fetched sources wait until `holdfast restore --release`, or the button over every page.",
  );
}

async function release(
  connection: ConnectionFlags,
  { flags, out }: { flags: RestoreFlags; out: Output },
): Promise<void> {
  await connect(connection).call(backupRoutes.releaseRestore, {});
  if (flags.json === true) out.json({ held: null });
  else out.line("Released: what waited goes on.");
}

function flagsOf({ home, config }: ConnectionFlags): Record<string, string> {
  return { ...(home === undefined ? {} : { home }), ...(config === undefined ? {} : { config }) };
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
