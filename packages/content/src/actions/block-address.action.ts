/** block-address: nothing between a host and an address, or between a host and one port of it. */
import { defineAction } from "@holdfast/sdk";
import { z } from "zod";
import { address, host } from "./input/fields.ts";

export default defineAction({
  name: "block-address",
  title: "Block address",
  description:
    "Drops what comes from an address or goes to it, on the firewall of a host: the host's own traffic and what it forwards.",
  capability: "firewall",
  effect: "reversible",
  input: z.strictObject({
    host,
    address,
    port: z.int().min(1).max(65_535).optional().meta({ title: "Port", description: "Only this port of the address" }),
    protocol: z.enum(["tcp", "udp"]).optional().meta({ title: "Protocol" }),
  }),
  output: z.looseObject({ host: z.string().meta({ title: "Host" }) }),
  targets: (input) => [
    { kind: "host", value: input.host },
    { kind: "ip", value: input.address },
  ],
  perform: (firewall, input) => firewall.block(input),
  undo: (firewall, input) => firewall.unblock(input),
  probe: (firewall, input) => firewall.blocked(input),
  limits: { timeoutMs: 30_000, perHour: 100 },
});
