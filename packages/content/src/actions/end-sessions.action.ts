/** end-sessions: what a user has open ends now. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { user } from "./input/fields.ts";

export default defineAction({
  name: "end-sessions",
  title: "End sessions",
  description:
    "Ends every session of a user that the connector can see: processes on hosts, or sessions that lie in the directory.",
  capability: "sessions",
  effect: "irreversible",
  input: z.strictObject({ user }),
  output: z.looseObject({
    hosts: z.array(z.string()).optional().meta({ title: "Hosts", description: "Where something was ended" }),
    ended: z.int().min(0).optional().meta({ title: "Sessions ended" }),
  }),
  targets: (input) => [{ kind: "user", value: input.user }],
  perform: (sessions, input) => sessions.end(input.user),
  probe: (sessions, input) => sessions.ended(input.user),
  limits: { timeoutMs: 60_000, perHour: 50 },
});
