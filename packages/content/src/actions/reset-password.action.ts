/** reset-password: a user's password is worth nothing any more. */
import { defineAction, held } from "@holdfast/sdk";
import { z } from "zod";
import { user } from "./input/fields.ts";

export default defineAction({
  name: "reset-password",
  title: "Reset password",
  description: "Sets a random password that nobody learns. The user gets a new one the way your help desk does it.",
  capability: "directory",
  effect: "irreversible",
  input: z.strictObject({
    user,
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ title: "Since", description: "For the proof: a change before this time does not count" }),
  }),
  output: z.looseObject({ at: z.iso.datetime({ offset: true }).meta({ title: "When" }) }),
  targets: (input) => [{ kind: "user", value: input.user }],
  perform: (directory, input) => directory.resetPassword(input.user),
  probe: (directory, input, performed) => {
    const since = input.since ?? performed?.["at"];
    if (typeof since !== "string")
      return Promise.resolve(held(false, "It is not known since when: the password was not reset by this."));
    return directory.passwordReset(input.user, Date.parse(since));
  },
  limits: { timeoutMs: 30_000, perHour: 20 },
});
