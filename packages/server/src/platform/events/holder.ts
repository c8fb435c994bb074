/** holder: writes down which child holds the data directory and for whom, and clears the way for a new start:
 *  a living parent means that the store is in use; a child without its parent is waited for, then ended. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventsFail } from "./errors.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { identify, isAlive } from "./process-identity.ts";

interface Holder {
  readonly child: ProcessIdentity;
  readonly parent: ProcessIdentity;
}

/** A child whose parent is gone leaves by itself within this time, unless it hangs. */
const LEAVES_WITHIN_MS = 3_000;
const DIES_WITHIN_MS = 10_000;

export async function claimDirectory(directory: string): Promise<void> {
  const holder = await readHolder(directory);
  if (holder === undefined) return;
  if (isAlive(holder.parent)) {
    throw eventsFail(
      "EVENTS_IN_USE",
      `The event store in ${directory} is held by the Holdfast process ${holder.parent.pid}. Stop that process, or choose another HOLDFAST_HOME.`,
      { details: { directory, pid: holder.parent.pid } },
    );
  }
  if (await goneWithin(holder.child, LEAVES_WITHIN_MS)) return;
  // The identity was checked a moment ago: same id, same start time, so it is the child written down here.
  process.kill(holder.child.pid, "SIGKILL");
  if (await goneWithin(holder.child, DIES_WITHIN_MS)) return;
  throw eventsFail(
    "EVENTS_IN_USE",
    `The process ${holder.child.pid} of an earlier run still holds the event store in ${directory} and does not end. End it by hand.`,
  );
}

export async function recordHolder(directory: string, childPid: number): Promise<void> {
  const child = identify(childPid);
  const parent = identify(process.pid);
  if (child === undefined || parent === undefined) return;
  const holder: Holder = { child, parent };
  const path = holderPath(directory);
  await writeFile(`${path}.new`, JSON.stringify(holder), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function releaseDirectory(directory: string): Promise<void> {
  await rm(holderPath(directory), { force: true });
}

const holderPath = (directory: string): string => join(directory, "holder.json");

async function readHolder(directory: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(holderPath(directory), "utf8"));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function goneWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  for (let waited = 0; waited <= ms; waited += 50) {
    if (!isAlive(identity)) return true;
    await sleep(50);
  }
  return false;
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === "object" &&
    value !== null &&
    "child" in value &&
    "parent" in value &&
    isIdentity(value.child) &&
    isIdentity(value.parent)
  );
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    "born" in value &&
    typeof value.pid === "number" &&
    typeof value.born === "string"
  );
}
