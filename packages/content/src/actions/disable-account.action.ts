/** disable-account: a user cannot log in any more, until the account is enabled. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { user } from "./input/fields.ts";

export default defineAction({
  name: "disable-account",
  title: "Disable account",
  description:
    "Locks a user in the directory: every new login by it fails. What is open stays open; end the sessions too.",
  capability: "directory",
  effect: "reversible",
  input: z.strictObject({ user }),
  output: z.looseObject({
    before: z.enum(["enabled", "disabled"]).meta({ title: "Before", description: "What it was" }),
  }),
  targets: (input) => [{ kind: "user", value: input.user }],
  perform: (directory, input) => directory.disable(input.user),
  // Who was disabled before stays disabled.
  undo: (directory, input, performed) =>
    performed?.["before"] === "disabled"
      ? { ok: false, at: "user", reason: `${input.user} was disabled before already; that is not taken back` }
      : directory.enable(input.user),
  probe: (directory, input) => directory.disabled(input.user),
  limits: { timeoutMs: 30_000, perHour: 50 },
});
