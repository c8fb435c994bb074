/** estate: loads an estate file, and lists assets and services. */
import { readFileSync } from "node:fs";
import { estateRoutes } from "@holdfast/contracts/estate";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import { everyPage } from "../every-page.ts";
import type { Output } from "../output.ts";

export function addEstate(program: Command, out: Output): void {
  const estate = program.command("estate").description("assets, services and who owns them");
  estate
    .command("import <file>")
    .description("load an estate file (YAML); the same file twice changes nothing")
    .option("--dry-run", "say what would change, change nothing")
    .option("--json", "print JSON")
    .action(async (file: string, flags: { dryRun?: boolean; json?: boolean }, command: Command) => {
      const report = await connect(command.optsWithGlobals<ConnectionFlags>()).call(estateRoutes.importEstate, {
        body: { yaml: readText(file), dryRun: flags.dryRun === true },
      });
      if (flags.json === true) out.json(report);
      else {
        for (const problem of report.problems)
          out.warn(`${file}:${problem.line ?? "?"}: at ${problem.at}: ${problem.message}`);
        if (report.problems.length === 0)
          out.line(
            `${report.assets} assets, ${report.services} services, ${report.identities} identities, ${report.teams} teams: ${report.created} created, ${report.updated} updated, ${report.unchanged} unchanged`,
          );
      }
      if (report.problems.length > 0) process.exitCode = 1;
    });
  estate
    .command("assets")
    .description("list assets")
    .option("-q, --query <text>", "name, address or tag contains")
    .option("--json", "print JSON, one line an asset")
    .action(async (flags: { query?: string; json?: boolean }, command: Command) => {
      const client = connect(command.optsWithGlobals<ConnectionFlags>());
      const items = await everyPage((cursor) =>
        client.call(estateRoutes.listAssets, { query: { limit: 1000, q: flags.query, cursor } }),
      );
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "assets",
          ["name", "kind", "criticality", "exposure", "owner", "services", "addresses", "open alerts"],
          items.map((a) => [
            a.name,
            a.kind,
            a.criticality,
            a.exposure,
            a.owner,
            a.services.map((s) => s.name),
            a.addresses.slice(0, 3).map((x) => x.ip),
            a.openAlerts,
          ]),
        );
    });
  estate
    .command("services")
    .description("list services")
    .option("--json", "print JSON, one line a service")
    .action(async (flags: { json?: boolean }, command: Command) => {
      const client = connect(command.optsWithGlobals<ConnectionFlags>());
      const items = await everyPage((cursor) =>
        client.call(estateRoutes.listServices, { query: { limit: 1000, cursor } }),
      );
      if (flags.json === true) for (const item of items) out.json(item);
      else
        out.list(
          "services",
          ["id", "name", "criticality", "exposure", "owner", "needs", "open alerts", "open incidents"],
          items.map((s) => [
            s.id,
            s.name,
            s.criticality,
            s.exposure,
            s.owner,
            s.dependsOn.map((x) => x.name),
            s.openAlerts,
            s.openIncidents,
          ]),
        );
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`The file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
