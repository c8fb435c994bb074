/** parsers: those that people wrote as field maps in YAML, and what is wrong with the files that cannot be used. */
import { z } from "zod";
import { none } from "./model.ts";
import { route } from "./route.ts";

export const ownParsers = z.object({
  folder: z.string(),
  items: z.array(z.object({ id: z.string(), title: z.string(), file: z.string(), order: z.number().int() })),
  /** One bad file stops no other. `line` is 0 where it is about the whole file. */
  problems: z.array(z.object({ file: z.string(), line: z.number().int(), message: z.string() })),
});

export const parserRoutes = {
  listParsers: route({
    method: "GET",
    path: "/api/parsers",
    permission: "sources.read",
    summary:
      "Parsers of your own: the YAML files of the parser folder, and what is wrong with those that cannot be used.",
    params: none,
    query: none,
    body: none,
    response: ownParsers,
  }),
} as const;
