/** kill-process: a process ends at once, if it still is the one that is meant. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

export default defineAction({
  name: "kill-process",
  title: "End process",
  description: "Sends SIGKILL to a process, after looking that its number still runs the program that is meant.",
  capability: "shell",
  effect: "irreversible",
  input: z.strictObject({
    host,
    pid: z.int().min(2).max(4_194_304).meta({ title: "Process number" }),
    executable: z
      .string()
      .min(2)
      .max(4_096)
      .startsWith("/", "an absolute path")
      .meta({ title: "Program", description: "Its path, as /proc/<pid>/exe shows it" }),
  }),
  output: z.looseObject({
    host: z.string().meta({ title: "Host" }),
    pid: z.int().meta({ title: "Process number" }),
  }),
  targets: (input) => [
    { kind: "host", value: input.host },
    { kind: "process", value: `${input.pid} ${input.executable}` },
  ],
  perform: (shell, input) => shell.kill(input),
  probe: (shell, input) => shell.gone(input),
  limits: { timeoutMs: 30_000, perHour: 100 },
});
