/** dns-rpz: a sinkhole in a response policy zone, by dynamic updates that a TSIG key signs. The resolvers that load the zone answer
 *  for the domain and all below it with "does not exist", or with the address of a sinkhole. */
import {
  defineConnector,
  done,
  failed,
  held,
  type Outcome,
  outcomeOf,
  type Plan,
  type Ports,
  problem,
} from "@holdfast/sdk";
import { z } from "zod";
import { isAddressOrRange } from "./ssh/address.ts";

const name = (text: string) =>
  /^(?=.{1,253}\.?$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i.test(text);
const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:[\]/]+)(:\d{1,5})?$/, "host or host:port");

const settings = z.strictObject({
  server: hostPort.meta({
    title: "Name server",
    description: "The primary of the policy zone; port 53 unless another is given",
  }),
  zone: z.string().refine(name, "a name such as rpz.example.org").meta({ title: "Policy zone" }),
  keyName: z.string().refine(name, "the name of the key").meta({ title: "Name of the TSIG key" }),
  sinkhole: z
    .string()
    .refine((text) => text === "" || (isAddressOrRange(text) && !text.includes("/")), "an address, or nothing")
    .default("")
    .meta({ title: "Sinkhole", description: "Address that is answered; empty: the name does not exist" }),
  resolver: z
    .union([z.literal(""), hostPort])
    .default("")
    .meta({ title: "Resolver", description: "Asked to prove the effect; empty: the name server itself" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly keySecret: string };
  readonly ports: Ports;
}

const TTL = 60;

export default defineConnector({
  kind: "dns-rpz",
  title: "DNS sinkhole (RPZ)",
  description: "Keeps your resolvers from answering for a domain.",
  docs: "https://bind9.readthedocs.io/en/latest/reference.html#response-policy-zone-rpz-rewriting",
  settings,
  secrets: z.strictObject({
    keySecret: z
      .string()
      .regex(/^[A-Za-z0-9+/=\s]{20,200}$/, "base64, as in the key file")
      .meta({ title: "TSIG secret", description: "Base64, hmac-sha256" }),
  }),
  offers: ["sinkhole"],
  secretsTravel: false,
  reaches: ({ server, resolver }) =>
    [server, resolver]
      .filter((text) => text !== "")
      .map((text) => placeOf(text))
      .map(({ host, port }) => `${host}:${port}`),
  connect: (context) => ({ sinkhole: sinkholeOf(context) }),
  test: async (context) => {
    // An update without a change is judged like any other: address, key, zone.
    const outcome = await change(context, { remove: [], add: [] });
    return outcome.kind === "done"
      ? done(
          `${context.settings.server} takes updates of ${context.settings.zone} signed with ${context.settings.keyName}.`,
        )
      : outcome;
  },
});

function placeOf(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: Number(port ?? 53) };
}

function sinkholeOf(context: Context) {
  const { zone, sinkhole, server, keyName } = context.settings;
  const owners = (domain: string) => [`${domain}.${zone}`, `*.${domain}.${zone}`];
  const type = sinkhole === "" ? "CNAME" : sinkhole.includes(":") ? "AAAA" : "A";
  const plan = (entered: string, add: boolean): Plan => {
    const domain = cleaned(entered);
    if (domain === undefined) return problem("domain", `"${entered}" is no domain name`);
    const adds = add
      ? owners(domain).map(
          (owner) => ({ name: owner, type, ttl: TTL, data: sinkhole === "" ? "." : sinkhole }) as const,
        )
      : [];
    return {
      ok: true,
      command: [
        `dynamic update to ${server}, zone ${zone}, signed with ${keyName}:`,
        ...owners(domain).map((owner) => `update delete ${owner}`),
        ...adds.map((entry) => `update add ${entry.name} ${TTL} ${entry.type} ${entry.data}`),
      ],
      check: async () => {
        const outcome = await change(context, { remove: [], add: [] });
        return outcome.kind === "done" ? done(`${server} would take the update; nothing was changed.`) : outcome;
      },
      run: async () => {
        const outcome = await change(context, { remove: owners(domain), add: adds });
        return outcome.kind === "done"
          ? done(`${zone} ${add ? "has" : "no longer has"} ${domain}.`, { domain })
          : outcome;
      },
    };
  };
  return {
    add: (domain: string) => plan(domain, true),
    remove: (domain: string) => plan(domain, false),
    active: (domain: string) => active(context, domain),
  };
}

/** What clients see, not what the zone says. */
async function active({ settings: s, ports }: Context, entered: string): Promise<Outcome> {
  const domain = cleaned(entered);
  if (domain === undefined) return failed(`"${entered}" is no domain name`);
  const where = s.resolver === "" ? s.server : s.resolver;
  const type = s.sinkhole.includes(":") ? "AAAA" : "A";
  const reply = await ports.dns.query({ server: placeOf(where), name: domain, type });
  if (!reply.ok) return { kind: "unknown", reason: reply.reason };
  const { rcode, answers } = reply.value;
  const shown = answers.map((answer) => `${answer.type} ${answer.data}`).join(", ") || rcode;
  if (s.sinkhole !== "")
    return held(
      answers.some((answer) => answer.data === s.sinkhole),
      `${where} answers for ${domain}: ${shown}`,
    );
  if (rcode !== "NXDOMAIN") return held(false, `${where} answers for ${domain}: ${shown}`);
  // A name that never existed looks the same: only the zone tells.
  const zone = await ports.dns.query({ server: placeOf(s.server), name: `${domain}.${s.zone}`, type: "CNAME" });
  if (!zone.ok) return { kind: "unknown", reason: zone.reason };
  const inZone = zone.value.answers.some((answer) => answer.type === "CNAME");
  return held(inZone, `${where} answers NXDOMAIN for ${domain}; ${s.zone} ${inZone ? "has" : "does not have"} it`);
}

async function change(
  { settings: s, secrets, ports }: Context,
  { remove, add }: { remove: readonly string[]; add: Parameters<Ports["dns"]["update"]>[0]["add"] },
): Promise<Outcome> {
  const key = { name: s.keyName, secret: secrets.keySecret };
  const reply = await ports.dns.update({ server: placeOf(s.server), key, zone: s.zone, remove, add });
  if (!reply.ok) return outcomeOf(reply);
  const { rcode } = reply.value;
  return rcode === "NOERROR"
    ? done("The update was taken.")
    : failed(`${s.server} refused the update of ${s.zone}: ${rcode}${HINTS[rcode] ?? ""}`, rcode === "SERVFAIL");
}

const HINTS: Readonly<Record<string, string>> = {
  NOTAUTH: " (the key, its secret or the clock does not fit, or it is not the primary of the zone)",
  REFUSED: " (the key may not update this zone)",
  NOTZONE: " (the name is not in the zone)",
};

function cleaned(domain: string): string | undefined {
  const text = domain.trim().toLowerCase().replace(/\.$/, "");
  return name(text) && text.includes(".") ? text : undefined;
}
