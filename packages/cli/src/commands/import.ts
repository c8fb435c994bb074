/** import: takes files, folders and archives in, and ends when their records can be searched. */
import type { Command } from "commander";
import { type ConnectionFlags, UsageError } from "../connection.ts";
import { FORMATS } from "../import/format.ts";
import { type ImportReport, runImport } from "../import/importer.ts";
import { findOrStart } from "../import/local-server.ts";
import { createProgress } from "../import/progress.ts";
import type { Output } from "../output.ts";

export function addImport(program: Command, out: Output): void {
  program
    .command("import <paths...>")
    .description("import files, folders and archives (.zip, .tar, .tar.gz, .gz); - is standard input")
    .option("--name <text>", "name of the import (the names of the paths)")
    .option("--format <format>", FORMATS.join(", "), "auto")
    .option("--json", "end with one line of JSON")
    .addHelpText(
      "after",
      "\nReads NDJSON, JSON (arrays, objects one after the other, {\"Records\":[…]}), Windows event logs (.evtx) and plain lines.\nThe same file twice adds nothing; an interrupted import goes on where it stopped.\n\nExamples:\n  holdfast import /var/log/auth.log*\n  holdfast import evidence.zip --name 'case 12'\n  zcat old.gz | holdfast import - --format lines",
    )
    .action(async (paths: string[], flags: { name?: string; format: string; json?: boolean }, command: Command) => {
      const format = FORMATS.find((known) => known === flags.format);
      if (format === undefined)
        throw new UsageError(`There is no format "${flags.format}". Formats: ${FORMATS.join(", ")}.`);
      const report = await withServer(command.optsWithGlobals<ConnectionFlags>(), out, (served) =>
        runImport({ ...served, paths, name: flags.name, format, progress: createProgress(out) }),
      );
      if (flags.json === true) out.json(report);
      else out.line(sentenceOf(report));
      if (report.errors.length > 0) process.exitCode = 1;
    });
}

type Serving = Pick<Parameters<typeof runImport>[0], "client" | "signal">;

/** Ctrl-C ends the import between two chunks and stops the server in order; a second one does not wait. */
async function withServer<T>(flags: ConnectionFlags, out: Output, work: (serving: Serving) => Promise<T>): Promise<T> {
  const { client, stop } = await findOrStart(flags, out);
  const stopping = new AbortController();
  const interrupt = (): void => {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await work({ client, signal: stopping.signal });
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    await stop();
  }
}

function sentenceOf({ read, stored, quarantined, duplicates, files, errors }: ImportReport): string {
  const number = (value: number, noun: string): string => `${value} ${noun}${value === 1 ? "" : "s"}`;
  const parts = [
    `${number(read, "record")} read from ${number(files, "file")}`,
    `${stored} stored`,
    `${quarantined} quarantined`,
    `${duplicates} known already`,
  ];
  return `${parts.join(", ")}${errors.length === 0 ? "" : `; ${number(errors.length, "problem")}, see above`}.`;
}
