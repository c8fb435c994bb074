#!/usr/bin/env node
/** main: the command line. Every command has --help and --json, exits 0 when done, 1 when something could not be done and 2 on
 *  wrong usage, and keeps progress on stderr so that stdout can be piped. */
import { Command, CommanderError } from "commander";
import { ApiError } from "./client.ts";
import { addBackup } from "./commands/backup.ts";
import { addChanges } from "./commands/changes.ts";
import { addDemo } from "./commands/demo.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEstate } from "./commands/estate.ts";
import { addExercise } from "./commands/exercise.ts";
import { addImport } from "./commands/import.ts";
import { addMetrics } from "./commands/metrics.ts";
import { addPlaybooks } from "./commands/playbooks.ts";
import { addQueue } from "./commands/queue.ts";
import { addRules } from "./commands/rules.ts";
import { addScan } from "./commands/scan.ts";
import { addSearch } from "./commands/search.ts";
import { addSources } from "./commands/sources.ts";
import { addToken } from "./commands/token.ts";
import { addUp } from "./commands/up.ts";
import { UsageError } from "./connection.ts";
import { createOutput } from "./output.ts";

// Whoever reads may have enough, as `head` does: that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

const out = createOutput();
const program = new Command("holdfast")
  .description("The operations floor that security and IT share.")
  .option("--home <folder>", "home of the Holdfast to talk to or start (HOLDFAST_HOME, ./.holdfast)")
  .option("--config <file>", "configuration file (./holdfast.yaml)")
  .option("--url <url>", "server to talk to, with --token")
  .option("--token <token>", "API token for --url")
  .showHelpAfterError("(add --help for what this command takes)")
  .exitOverride();
for (const add of [
  addUp,
  addDemo,
  addImport,
  addScan,
  addSearch,
  addQueue,
  addRules,
  addSources,
  addMetrics,
  addEstate,
  addChanges,
  addPlaybooks,
  addExercise,
  addToken,
  addBackup,
  addDoctor,
])
  add(program, out);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    out.warn(`holdfast: ${error.message}`);
    return 2;
  }
  if (error instanceof ApiError) {
    out.warn(`holdfast: ${error.message} [${error.code}]`);
    if (error.suggestion !== undefined) out.say(`  instead: ${error.suggestion}`);
    return error.status === 400 ? 2 : 1;
  }
  out.warn(`holdfast: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}
