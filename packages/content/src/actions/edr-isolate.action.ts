/** edr-isolate: the endpoint protection cuts a device off, until it is released there. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

export default defineAction({
  name: "edr-isolate",
  title: "Isolate device (EDR)",
  description: "The endpoint protection cuts the device off from the network; it still speaks to its own cloud.",
  capability: "edr",
  effect: "reversible",
  input: z.strictObject({ host }),
  output: z.looseObject({
    deviceId: z.string().meta({ title: "Device" }),
    state: z.string().meta({ title: "State", description: "isolated, or isolating while it has not confirmed it" }),
  }),
  targets: (input) => [{ kind: "host", value: input.host }],
  perform: (edr, input) => edr.isolate(input.host),
  undo: (edr, input) => edr.release(input.host),
  probe: (edr, input) => edr.isolated(input.host),
  limits: { timeoutMs: 90_000, perHour: 20 },
});
