/** openc2-command: a command in OpenC2. A query reads; deny and contain can be taken back by their opposite; the rest cannot. */
import { defineAction, type Target } from "@holdfast/sdk";
import { z } from "zod";

const OPPOSITE: Readonly<Record<string, string>> = { deny: "allow", contain: "allow" };
const word = z.string().regex(/^[a-z][a-z0-9_:-]{0,60}$/i, "a name of the language");
const object = z.record(z.string(), z.json());

export default defineAction({
  name: "openc2-command",
  title: "OpenC2 command",
  description:
    "Sends a command to an actuator that speaks OpenC2. deny and contain are taken back with allow on the same target.",
  capability: "openc2",
  effect: "irreversible",
  effectOf: ({ action }) =>
    action === "query" ? "read" : OPPOSITE[action] === undefined ? "irreversible" : "reversible",
  input: z.strictObject({
    action: word.meta({ title: "Action", description: "query, deny, allow, contain, delete, update …" }),
    target: object
      .refine(
        (target) => Object.keys(target).length === 1 && !Object.values(target).includes(null),
        "exactly one target",
      )
      .meta({ title: "Target", description: 'Such as {"ipv4_net": "203.0.113.9"}' }),
    args: object.optional().meta({ title: "Arguments" }),
    actuator: object.optional().meta({ title: "Actuator" }),
  }),
  output: z.looseObject({
    status: z.int().meta({ title: "Status" }),
    results: z.json().meta({ title: "Results" }),
    requestId: z.string().meta({ title: "Request" }),
  }),
  targets: ({ target }) =>
    Object.entries(target).map(
      ([name, value]): Target => ({
        kind: KINDS[name] ?? "channel",
        value: typeof value === "string" ? value : JSON.stringify(value),
      }),
    ),
  perform: (openc2, input) => openc2.send(input),
  undo: (openc2, input) => openc2.send({ ...input, action: OPPOSITE[input.action] ?? "allow" }),
  probe: async () => ({ kind: "unknown", reason: "OpenC2 has no common way to ask whether a command still holds." }),
  limits: { timeoutMs: 30_000, perHour: 200 },
});

const KINDS: Readonly<Record<string, Target["kind"]>> = {
  ipv4_net: "ip",
  ipv6_net: "ip",
  ipv4_connection: "ip",
  ipv6_connection: "ip",
  domain_name: "domain",
  device: "host",
  process: "process",
  file: "file",
};
