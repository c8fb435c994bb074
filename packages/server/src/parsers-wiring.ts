/** parsers-wiring: the parsers of the installation's own folder beside those that come with Holdfast: the same for the stream, which is
 *  read in threads, and for the dry run, which is read here. */
import { catalog } from "@holdfast/content";
import type { parserRoutes } from "@holdfast/contracts/parsers";
import type { RuleLoad } from "./detect/index.ts";
import { createParserFolder, type ParserFile, type ParserFolder } from "./ingest/index.ts";
import type { Handlers } from "./platform/http-contract.ts";
import type { Log } from "./platform/log/index.ts";

/** What main.ts sends to each thread: all of it each time, since a thread that was replaced knows nothing. */
export interface WorkerLoad {
  readonly rules: RuleLoad;
  readonly parsers: readonly ParserFile[];
}

export function wireParsers(given: { readonly folder: string; readonly log: Log }): ParserFolder & {
  readonly routes: Handlers<typeof parserRoutes>;
} {
  const folder = createParserFolder({
    folder: given.folder,
    builtIn: catalog.parsers,
    log: given.log.child("parsers"),
  });
  return {
    ...folder,
    routes: {
      listParsers: async () => ({
        folder: folder.folder,
        items: [...folder.parsers()],
        problems: folder.problems().map((problem) => ({ ...problem })),
      }),
    },
  };
}
