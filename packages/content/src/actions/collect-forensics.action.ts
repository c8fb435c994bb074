/** collect-forensics: what a restart would destroy, into evidence: processes, sockets, logons, routes, mounts. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

export default defineAction({
  name: "collect-forensics",
  title: "Collect volatile data",
  description:
    "Copies the volatile state of a host into evidence, a file each, with hashes. Do it before isolating: open connections close then.",
  capability: "shell",
  effect: "read",
  input: z.strictObject({ host }),
  output: z.looseObject({
    host: z.string().meta({ title: "Host" }),
    files: z
      .array(z.object({ name: z.string(), sha256: z.string().length(64), size: z.int().min(0) }))
      .meta({ title: "Files" }),
    missing: z.array(z.string()).meta({ title: "What could not be read" }),
  }),
  targets: (input) => [{ kind: "host", value: input.host }],
  perform: (shell, input) => shell.volatile(input.host),
  limits: { timeoutMs: 180_000, perHour: 200 },
});
