/** collect-file: a copy of a file into evidence, proven by the hash that the host computed. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

export default defineAction({
  name: "collect-file",
  title: "Collect file",
  description: "Copies a file into evidence. The host hashes it first, and the copy must have the same hash.",
  capability: "shell",
  effect: "read",
  input: z.strictObject({
    host,
    path: z.string().min(2).max(4_096).startsWith("/", "an absolute path").meta({ title: "Path" }),
    maxBytes: z
      .int()
      .min(1)
      .max(64 * 1024 * 1024)
      .default(16 * 1024 * 1024)
      .meta({ title: "Largest size", description: "Bytes" }),
  }),
  output: z.looseObject({
    host: z.string().meta({ title: "Host" }),
    path: z.string().meta({ title: "Path" }),
    sha256: z.string().length(64).meta({ title: "SHA-256" }),
    size: z.int().min(0).meta({ title: "Bytes" }),
  }),
  targets: (input) => [
    { kind: "host", value: input.host },
    { kind: "file", value: input.path },
  ],
  perform: (shell, input) => shell.file(input),
  limits: { timeoutMs: 180_000, perHour: 500 },
});
