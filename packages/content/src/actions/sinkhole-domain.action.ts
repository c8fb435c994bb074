/** sinkhole-domain: the resolvers answer for a domain no longer. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { domain } from "./input/fields.ts";

export default defineAction({
  name: "sinkhole-domain",
  title: "Sinkhole domain",
  description:
    "Every client of your resolvers gets no answer, or the sinkhole's address, for a domain and all names below it.",
  capability: "sinkhole",
  effect: "reversible",
  input: z.strictObject({ domain }),
  output: z.looseObject({ domain: z.string().meta({ title: "Domain" }) }),
  targets: (input) => [{ kind: "domain", value: input.domain }],
  perform: (sinkhole, input) => sinkhole.add(input.domain),
  undo: (sinkhole, input) => sinkhole.remove(input.domain),
  probe: (sinkhole, input) => sinkhole.active(input.domain),
  limits: { timeoutMs: 20_000, perHour: 500 },
});
