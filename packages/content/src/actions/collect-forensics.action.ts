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
  targets: (input) => [{ kind: "host", value: input.host }],
  perform: (shell, input) => shell.volatile(input.host),
  limits: { timeoutMs: 180_000, perHour: 200 },
});
