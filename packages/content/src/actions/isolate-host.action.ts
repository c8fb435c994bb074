/** isolate-host: a host speaks to nobody but the management addresses, until it is released. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { host } from "./input/fields.ts";

export default defineAction({
  name: "isolate-host",
  title: "Isolate host",
  description: "Drops everything that goes to, from and through the host, except SSH with the management addresses.",
  capability: "firewall",
  effect: "reversible",
  input: z.strictObject({ host }),
  output: z.looseObject({ host: z.string().meta({ title: "Host" }) }),
  targets: (input) => [{ kind: "host", value: input.host }],
  perform: (firewall, input) => firewall.isolate(input.host),
  undo: (firewall, input) => firewall.release(input.host),
  probe: (firewall, input) => firewall.isolated(input.host),
  limits: { timeoutMs: 30_000, perHour: 20 },
});
