/** http-request: a request to an interface of yours. GET and HEAD read; everything else counts as irreversible. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";

export default defineAction({
  name: "http-request",
  title: "HTTP request",
  description:
    "Sends a request below the connector's address. GET and HEAD read; what others change, nobody but you can say.",
  capability: "requests",
  effect: "irreversible",
  effectOf: ({ method }) => (method === "GET" || method === "HEAD" ? "read" : "irreversible"),
  input: z.strictObject({
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]).default("GET").meta({ title: "Method" }),
    path: z
      .string()
      .min(1)
      .max(4_000)
      .startsWith("/", "a path starts with /")
      .meta({ title: "Path", description: "Below the connector's address" }),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, "the name of a header"),
        z
          .string()
          .max(2_000)
          .regex(/^[^\r\n\0]*$/, "one line"),
      )
      .default({})
      .meta({ title: "Headers" }),
    body: z.string().max(1_000_000).optional().meta({ title: "Body", format: "multiline" }),
  }),
  output: z.looseObject({
    status: z.int().meta({ title: "Status" }),
    headers: z.record(z.string(), z.string()).meta({ title: "Headers" }),
    body: z.string().meta({ title: "Body" }),
  }),
  targets: (input) => [{ kind: "channel", value: `${input.method} ${input.path}` }],
  perform: (requests, input) => requests.send(input),
  probe: async () => ({ kind: "unknown", reason: "What a request of yours changed cannot be looked at from here." }),
  limits: { timeoutMs: 30_000, perHour: 500 },
});
