/** edr-find: what the endpoint protection knows of a device. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

export default defineAction({
  name: "edr-find",
  title: "Find device (EDR)",
  description: "Looks a device up in the endpoint protection.",
  capability: "edr",
  effect: "read",
  input: z.strictObject({ host }),
  output: z.looseObject({
    devices: z.array(z.looseObject({ id: z.string(), name: z.string() })).meta({ title: "Devices" }),
  }),
  targets: (input) => [{ kind: "host", value: input.host }],
  perform: (edr, input) => edr.find(input.host),
  limits: { timeoutMs: 60_000, perHour: 1_000 },
});
