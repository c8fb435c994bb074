/** sources: lists sources with their counts, and adds one with its key. */
import { ingestRoutes } from "@holdfast/contracts/ingest";
import type { Command } from "commander";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

export function addSources(program: Command, out: Output): void {
  const sources = program
    .command("sources")
    .description("list sources with counts, last event and coverage")
    .option("--json", "print JSON, one line a source")
    .action(async (flags: { json?: boolean }, command: Command) => {
      const { items } = await connect(command.optsWithGlobals<ConnectionFlags>()).call(ingestRoutes.listSources, {
        query: { limit: 1000 },
      });
      if (flags.json === true) for (const item of items) out.json(item);
      else {
        const percent = (share: number | null): string => (share === null ? "" : `${(share * 100).toFixed(1)} %`);
        out.table(
          ["id", "kind", "received", "stored", "quarantined", "rejected", "coverage", "lag s", "last event"],
          items.map((s) => [
            s.id,
            s.kind,
            s.received,
            s.stored,
            s.quarantined,
            s.rejected,
            percent(s.coverage),
            s.lagSeconds,
            s.lastEventAt,
          ]),
        );
      }
    });
  sources
    .command("add <kind>")
    .description("add a source; prints its key once and how to send to it")
    .requiredOption("--name <name>", "its name")
    .option("--json", "print JSON")
    .action(async (kind: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<ConnectionFlags & { name: string; json?: boolean }>();
      if (kind !== "http")
        throw new UsageError(
          `"${kind}" cannot be added: syslog listens by itself on its port; HTTP sources are added with \`holdfast sources add http --name <name>\`.`,
        );
      const client = connect(flags);
      const made = await client.call(ingestRoutes.createSource, { body: { name: flags.name, kind } });
      const url = `${client.url}/api/ingest/events`;
      const snippet = `curl --data-binary @events.ndjson -H 'Content-Type: application/x-ndjson' -H 'Authorization: Bearer ${made.key}' ${url}`;
      if (flags.json === true) out.json({ id: made.source.id, key: made.key, url, snippet });
      else out.line(`id   ${made.source.id}\nkey  ${made.key}\nsend ${snippet}`);
    });
}
