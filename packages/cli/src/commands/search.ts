/** search: the search language from a terminal; a mistake is shown under the character where it is. */
import { searchRoutes } from "@holdfast/contracts/search";
import type { Command } from "commander";
import { ApiError } from "../client.ts";
import { type ConnectionFlags, connect, UsageError } from "../connection.ts";
import type { Output } from "../output.ts";

export function addSearch(program: Command, out: Output): void {
  program
    .command("search [query...]")
    .description("search events: filters, then pipes")
    .option("--from <time>", "ISO time or now-15m, now-7d", "now-24h")
    .option("--to <time>", "ISO time or now", "now")
    .option("--limit <n>", "rows", "100")
    .option("--json", "print JSON, one line a row")
    .addHelpText(
      "after",
      "\nExamples:\n  holdfast search 'host:web-* severity:>=high'\n  holdfast search '\"Failed password\" | top 10 src_ip' --from now-7d\n  holdfast search 'class:process_activity | stats count, dc(host) as hosts by process_path | sort hosts'",
    )
    .action(
      async (words: string[], flags: { from: string; to: string; limit: string; json?: boolean }, command: Command) => {
        const limit = Number(flags.limit);
        if (!(Number.isInteger(limit) && limit >= 1 && limit <= 10_000))
          throw new UsageError(`--limit takes a whole number from 1 to 10000, not "${flags.limit}".`);
        const query = words.join(" ");
        const answer = await connect(command.optsWithGlobals<ConnectionFlags>())
          .call(searchRoutes.search, { body: { query, from: flags.from, to: flags.to, limit } })
          .catch((error: unknown) => {
            if (error instanceof ApiError && typeof error.at === "number")
              out.say(`${query}\n${" ".repeat(error.at)}^`);
            throw error;
          });
        const names = answer.columns.map((column) => column.name);
        if (flags.json === true)
          for (const row of answer.rows) out.json(Object.fromEntries(names.map((name, index) => [name, row[index]])));
        else out.table(names, answer.rows);
        out.say(
          `${answer.stats.rows} rows${answer.stats.truncated ? " (there are more: raise --limit or narrow the search)" : ""} in ${answer.stats.tookMs} ms`,
        );
      },
    );
}
