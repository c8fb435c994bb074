/** home: the directory that holds everything of one Holdfast. Opening it creates it (0700), takes the lock for life before
 *  anything else is touched, and names the places inside, so that no other code joins these paths. */
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isAppError } from "../errors/index.ts";
import { homeFail } from "./errors.ts";
import { takeLock } from "./lock.ts";
import { writePrivateFile } from "./private-file.ts";
import { openSecrets, type Secrets } from "./secrets.ts";

export interface HomePaths {
  /** The embedded PostgreSQL. */
  readonly state: string;
  /** The embedded event store. */
  readonly events: string;
  readonly spool: string;
  /** Parsers that people wrote; read only, and absent until somebody makes it. */
  readonly parsers: string;
  /** Lists of targets to scrape. */
  readonly targets: string;
  /** Files that were kept as evidence, by their sha256. */
  readonly evidence: string;
  readonly web: string;
  /** How the command line finds a running server. */
  readonly cli: string;
  /** Of a backup that runs: links to what must not go meanwhile. */
  readonly backup: string;
  /** There while a restore into this home is not through. */
  readonly restoring: string;
  /** There until somebody says that a restored home may act outward. */
  readonly restored: string;
}

export interface Home {
  /** Absolute, without symbolic links. */
  readonly directory: string;
  readonly paths: HomePaths;
  readonly secrets: Secrets;
  /** Tells local commands how to reach this server; call it when the server is ready. */
  announce(access: { url: string; token: string }): void;
  /** Removes what announce wrote and gives the lock back. */
  close(): void;
}

export async function openHome(path: string): Promise<Home> {
  const directory = prepare(path);
  const lock = await takeLock(directory);
  const paths = homePaths(directory);
  try {
    if (existsSync(paths.restoring)) throw unfinished(directory);
    // Left by a killed predecessor: its token and port are no longer ours.
    rmSync(paths.cli, { force: true });
    return {
      directory,
      paths,
      secrets: openSecrets(join(directory, "secrets.json")),
      announce: (access) => writePrivateFile(paths.cli, `${JSON.stringify({ ...access, pid: process.pid })}\n`),
      close: () => {
        rmSync(paths.cli, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

export function homePaths(directory: string): HomePaths {
  return {
    state: join(directory, "state"),
    events: join(directory, "events"),
    spool: join(directory, "spool"),
    parsers: join(directory, "parsers"),
    targets: join(directory, "targets"),
    evidence: join(directory, "evidence"),
    web: join(directory, "web"),
    cli: join(directory, "cli.json"),
    backup: join(directory, "backup"),
    restoring: join(directory, "restoring"),
    restored: join(directory, "restored.json"),
  };
}

const unfinished = (directory: string) =>
  homeFail(
    "HOME_UNUSABLE",
    `A restore into ${directory} was cut off, so it holds a part of a backup only: remove that folder and run the restore again.`,
  );

function prepare(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const directory = realpathSync(path);
    if ((statSync(directory).mode & 0o077) !== 0) closeToOthers(directory);
    return directory;
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw homeFail(
      "HOME_UNUSABLE",
      `The home ${path} cannot be used (${cause instanceof Error ? cause.message : String(cause)}): ` +
        `it must be a directory that we own and may write to; choose another with HOLDFAST_HOME.`,
      { cause },
    );
  }
}

/** Only a directory that is plainly meant for us: somebody may have named /tmp or a home directory by mistake. */
function closeToOthers(directory: string): void {
  const names = readdirSync(directory).filter((name) => !HARMLESS.has(name));
  if (names.length > 0 && !names.includes("lock")) {
    throw homeFail(
      "HOME_UNUSABLE",
      `${directory} is no Holdfast home: it holds other files and is open to others. ` +
        `Name a new directory with HOLDFAST_HOME, or make it private with "chmod 700" if it is meant.`,
    );
  }
  chmodSync(directory, 0o700);
}

/** What may lie in a directory before its first use. */
const HARMLESS: ReadonlySet<string> = new Set(["lost+found", "holdfast.yaml"]);
