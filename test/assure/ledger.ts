/** ledger: what the server has acknowledged, on disk outside its home before the sender goes on: the promise to be checked.
 *  One line a batch; a batch counts only when its answer was 2xx. */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { readFileSync } from "node:fs";

/** One attempt to send one batch. A re-send is another attempt: its records are different records. */
export interface Attempt {
  readonly round: number;
  readonly sender: number;
  readonly batch: number;
  readonly attempt: number;
  readonly count: number;
  /** Time of its events. */
  readonly at: number;
  /** Bytes of text that no store can make smaller than three quarters, to fill a disk with. */
  readonly padding?: number;
}

export interface Ledger {
  /** Resolves when it is on disk. */
  add(attempt: Attempt): Promise<void>;
  all(): Attempt[];
  close(): Promise<void>;
}

export async function openLedger(file: string): Promise<Ledger> {
  const handle: FileHandle = await open(file, "a");
  return {
    add: async (attempt) => {
      await handle.write(`${JSON.stringify(attempt)}\n`);
      await handle.datasync();
    },
    all: () =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Attempt),
    close: () => handle.close(),
  };
}

/** Names an attempt in its events; searchable as the parent's command line. */
export const nameOf = (of: Omit<Attempt, "count" | "at">): string =>
  `r${of.round}-s${of.sender}-b${of.batch}-a${of.attempt}`;

export const hostOf = (sender: number): string => `crash-${sender}`;

/** Part of the command line of every tenth event; the rule below asks for it. */
export const MARKER = "holdfast-crash-marker";
export const MARKED_EVERY = 10;
export const RULE_ID = "6d1f5f7e-0a51-4d63-9c0c-7e5a2a9b41f0";
export const RULE = `title: Marker of the crash test
id: ${RULE_ID}
status: test
description: Matches every tenth event of the crash test, so that lost and doubled alerts can be counted.
author: Holdfast
date: 2026-11-22
logsource:
  product: windows
  category: process_creation
detection:
  marked:
    CommandLine|contains: ${MARKER}
  condition: marked
level: low
`;

/** The record with this number in the batch, always the same bytes: a Sysmon process creation as a shipper writes it. */
export function recordOf(of: Attempt, seq: number): string {
  const time = new Date(of.at + seq).toISOString();
  const marked = seq % MARKED_EVERY === 0;
  return JSON.stringify({
    SourceName: "Microsoft-Windows-Sysmon",
    Level: "4",
    Channel: "Microsoft-Windows-Sysmon/Operational",
    Hostname: hostOf(of.sender),
    TimeCreated: time,
    "@timestamp": time,
    EventID: 1,
    Task: "1",
    UtcTime: time.replace("T", " ").replace("Z", ""),
    ProcessGuid: `{${of.sender}-${of.batch}-${of.attempt}-${seq}}`,
    ProcessId: String(1_000 + seq),
    Image: "C:\\Program Files\\Probe\\probe.exe",
    CommandLine: `probe.exe ${nameOf(of)} ${seq}${marked ? ` ${MARKER}` : ""}`,
    User: "NORTH\\ida",
    LogonId: "0x3f2a1",
    ParentProcessId: "900",
    ParentImage: "C:\\Windows\\explorer.exe",
    ParentCommandLine: nameOf(of),
    ...(of.padding === undefined ? {} : { Padding: noise(`${nameOf(of)} ${seq}`, of.padding) }),
  });
}

/** The same for the same name, and as good as random. */
function noise(name: string, bytes: number): string {
  let text = "";
  for (let part = 0; text.length < bytes; part += 1)
    text += createHash("sha512").update(`${name} ${part}`).digest("base64");
  return text.slice(0, bytes);
}
