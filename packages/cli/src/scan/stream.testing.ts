/** stream.testing: the stream beside a scan: a real server with rules of a test, a file imported into it, and what is asked of it then. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHoldfast } from "@holdfast/server";
import { loadConfig } from "@holdfast/server/config";
import { type Client, createClient } from "../client.ts";
import { runImport } from "../import/importer.ts";
import { createProgress } from "../import/progress.ts";
import { createOutput } from "../output.ts";

export interface Streaming {
  readonly path: string;
  /** Beside those that come with Holdfast. */
  readonly rules: readonly string[];
  /** False: only the rules named. */
  readonly starter?: boolean;
}

/** Answers what `ask` does, once all records of the file are stored. */
export async function streamed<T>(of: Streaming, ask: (client: Client, stored: number) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-equality-"));
  const quiet = { ...createOutput(), say: () => {}, warn: () => {} };
  const flags = {
    home,
    "http.port": 0,
    "syslog.udp.port": 0,
    "syslog.tcp.port": 0,
    "log.level": "silent",
    ...(of.starter === false ? { "rules.starter": false } : {}),
    ...(of.rules.length === 0 ? {} : { "rules.paths": of.rules.join(",") }),
  };
  const server = await startHoldfast({ loaded: loadConfig({ flags, env: {} }) });
  try {
    const client = createClient(server);
    const progress = createProgress(quiet, { write: () => true });
    const { signal } = new AbortController();
    const report = await runImport({ client, paths: [of.path], format: "auto", progress, signal });
    assert.deepEqual(report.errors, []);
    return await ask(client, report.stored);
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
