/** system: is it alive, what is it, and how is it set up. */
import { z } from "zod";
import { none } from "./model.ts";
import { route } from "./route.ts";

export const systemInfo = z.object({
  version: z.string(),
  startedAt: z.string(),
  state: z.object({ engine: z.enum(["embedded", "server"]), version: z.string(), bytes: z.number() }),
  events: z.object({
    engine: z.enum(["embedded", "server"]),
    version: z.string(),
    rows: z.number(),
    bytes: z.number(),
  }),
  /** What listens on a port of its own, with its address. */
  inputs: z.array(z.object({ name: z.string(), address: z.string() })),
  retentionDays: z.number(),
  config: z.array(
    z.object({ key: z.string(), value: z.string(), origin: z.enum(["default", "file", "environment", "flag"]) }),
  ),
});
export type SystemInfo = z.infer<typeof systemInfo>;

export const systemRoutes = {
  system: route({
    method: "GET",
    path: "/api/system",
    permission: "system.read",
    summary: "Version, engines, listeners and configuration with origins.",
    params: none,
    query: none,
    body: none,
    response: systemInfo,
  }),
} as const;
