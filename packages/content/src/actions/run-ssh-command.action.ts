/** run-ssh-command: one program on a host, with its arguments as a list. Nothing in it is read by a shell. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

const argument = z
  .string()
  .max(8_192)
  .regex(/^[^\0]*$/, "no zero bytes");

export default defineAction({
  name: "run-ssh-command",
  title: "Run command",
  description: "Runs one program on a host by SSH. What it changes, nobody but you can say: it counts as irreversible.",
  capability: "shell",
  effect: "irreversible",
  input: z.strictObject({
    host,
    argv: z
      .array(argument)
      .min(1)
      .max(200)
      .meta({ title: "Program and arguments", description: "One a line; each arrives as it is" }),
    stdin: z.string().max(1_000_000).optional().meta({ title: "Standard input", format: "multiline" }),
    timeoutSeconds: z.int().min(1).max(600).default(30).meta({ title: "Time limit", description: "Seconds" }),
  }),
  output: z.looseObject({
    host: z.string().meta({ title: "Host" }),
    code: z.int().meta({ title: "Exit code" }),
    stdout: z.string().meta({ title: "Standard output" }),
    stderr: z.string().meta({ title: "Standard error" }),
  }),
  targets: (input) => [{ kind: "host", value: input.host }],
  perform: (shell, input) =>
    shell.run({ host: input.host, argv: input.argv, stdin: input.stdin, timeoutMs: input.timeoutSeconds * 1_000 }),
  probe: async () => ({ kind: "unknown", reason: "What a command of yours changed cannot be looked at from here." }),
  limits: { timeoutMs: 630_000, perHour: 100 },
});
