/** nftables-ssh: cuts a Linux host off, or blocks an address on it, with nftables over SSH. Each effect is a table of its own, loaded
 *  in one transaction of the kernel: doing it twice is doing it once, and taking it back touches no rule of anybody else. An isolated
 *  host still speaks to the management addresses, or nobody could ever let it go. */
import { type BlockedPath, defineConnector, done, failed, held, type Outcome, type Plan, problem } from "@holdfast/sdk";
import { z } from "zod";
import {
  elevated,
  hostNamed,
  hostsOf,
  isProblem,
  type NamedHost,
  reachesOf,
  readable,
  runOn,
  runWell,
  type SshLogin,
  sshSecrets,
  sshSettings,
  textOf,
} from "./ssh/hosts.ts";
import { addressFamily, isAddressOrRange, liesIn } from "./ssh/address.ts";

const settings = z.strictObject({
  ...sshSettings,
  management: z
    .array(z.string().refine(isAddressOrRange, "an address or a range such as 10.0.0.5 or 10.0.0.0/24"))
    .min(1, "at least the address of Holdfast as the hosts see it")
    .max(50)
    .meta({
      title: "Management addresses",
      description:
        "An isolated host keeps SSH with these: Holdfast's own address as the hosts see it, and your jump hosts",
    }),
});

const ISOLATION = "holdfast_isolation";

export default defineConnector({
  kind: "nftables-ssh",
  title: "nftables over SSH",
  description: "Isolates Linux hosts and blocks addresses on them.",
  docs: "https://wiki.nftables.org/",
  settings,
  secrets: z.strictObject(sshSecrets),
  offers: ["firewall"],
  secretsTravel: false,
  reaches: ({ hosts }) => reachesOf(hosts),
  connect: (login) => ({ firewall: firewallOf(login) }),
  test: async (login) => {
    const seen: string[] = [];
    for (const host of hostsOf(login.settings.hosts)) {
      const checked = await demandWayBack(login, host);
      if (checked !== undefined) return checked;
      const listed = await runWell(login, { host, argv: ["nft", "list", "tables"] });
      if (!listed.ok) return listed.outcome;
      seen.push(host.name);
    }
    return done(`nftables answers on ${seen.join(", ")}, and each sees us at a management address.`);
  },
});

type Login = SshLogin & { readonly settings: z.infer<typeof settings> };

function firewallOf(login: Login) {
  return {
    isolate: (name: string) => ruleset(login, name, { table: ISOLATION, add: isolation(login.settings.management) }),
    release: (name: string) => ruleset(login, name, { table: ISOLATION, add: undefined }),
    isolated: (name: string) => present(login, name, ISOLATION),
    block: (path: BlockedPath) => blocking(login, path, true),
    unblock: (path: BlockedPath) => blocking(login, path, false),
    blocked: (path: BlockedPath) => present(login, path.host, tableOf(path)),
  };
}

function blocking(login: Login, path: BlockedPath, add: boolean): Plan {
  if (!isAddressOrRange(path.address)) return problem("address", `"${path.address}" is no address and no range`);
  if (login.settings.management.includes(path.address))
    return problem("address", `${path.address} is a management address of this connector`);
  return ruleset(login, path.host, { table: tableOf(path), add: add ? blockRules(path) : undefined });
}

/** Loads a table, or removes it. Naming it first makes the removal right whether or not it is there. */
function ruleset(
  login: Login,
  name: string,
  { table, add }: { table: string; add: readonly string[] | undefined },
): Plan {
  const host = hostNamed(login.settings.hosts, name);
  if (isProblem(host)) return host;
  const script = [
    `table inet ${table} {}`,
    `delete table inet ${table}`,
    ...(add === undefined ? [] : [`table inet ${table} {`, ...add.map((line) => `  ${line}`), "}"]),
  ];
  const run = async (argv: readonly string[]): Promise<Outcome> => {
    const unsafe = add === undefined ? undefined : await demandWayBack(login, host);
    if (unsafe !== undefined) return unsafe;
    const loaded = await runWell(login, { host, argv, stdin: `${script.join("\n")}\n` });
    if (!loaded.ok) return loaded.outcome;
    return done(`${host.name} loaded the table inet ${table}.`, { host: host.name, table });
  };
  return {
    ok: true,
    command: [
      `${login.settings.user}@${host.name} (${host.address}): ${readable(elevated(login.settings, ["nft", "-f", "-"]))}`,
      ...script,
    ],
    check: async () => {
      const outcome = await run(["nft", "-c", "-f", "-"]);
      return outcome.kind === "done"
        ? done(`${host.name} accepts the rules; nothing was loaded.`, outcome.output)
        : outcome;
    },
    run: () => run(["nft", "-f", "-"]),
  };
}

const MANAGED = ["tcp dport 22", "tcp sport 22"] as const;

function isolation(management: readonly string[]): string[] {
  const way = (side: "saddr" | "daddr", port: string) =>
    management.map((address) => `    ${addressFamily(address)} ${side} ${address} ${port} accept`);
  const chain = (hook: string, rules: readonly string[]) => [
    `chain ${hook} {`,
    `    type filter hook ${hook} priority -300; policy drop;`,
    ...rules,
    "}",
  ];
  return [
    ...chain("input", ['    iif "lo" accept', ...way("saddr", MANAGED[0])]),
    ...chain("output", ['    oif "lo" accept', ...way("daddr", MANAGED[1])]),
    ...chain("forward", []),
  ];
}

function blockRules({ address, port, protocol }: BlockedPath): string[] {
  const family = addressFamily(address);
  const match = (side: "saddr" | "daddr") => {
    const portSide = side === "saddr" ? "sport" : "dport";
    const transport =
      port === undefined
        ? protocol === undefined
          ? ""
          : ` meta l4proto ${protocol}`
        : ` ${protocol ?? "tcp"} ${portSide} ${port}`;
    return `    ${family} ${side} ${address}${transport} counter drop`;
  };
  const chain = (hook: string, sides: readonly ("saddr" | "daddr")[]) => [
    `chain ${hook} {`,
    `    type filter hook ${hook} priority -290; policy accept;`,
    ...sides.map(match),
    "}",
  ];
  return [...chain("input", ["saddr"]), ...chain("output", ["daddr"]), ...chain("forward", ["saddr", "daddr"])];
}

/** One effect, one table: its name is made of the path. */
const tableOf = ({ address, port, protocol }: BlockedPath): string =>
  ["holdfast_block", address.toLowerCase(), protocol ?? (port === undefined ? "" : "tcp"), port ?? ""]
    .filter((part) => part !== "")
    .join("_")
    .replace(/[^a-z0-9]/g, "_");

async function present(login: Login, name: string, table: string): Promise<Outcome> {
  const host = hostNamed(login.settings.hosts, name);
  if (isProblem(host)) return failed(host.reason);
  const reply = await runOn(login, { host, argv: ["nft", "list", "tables", "inet"] });
  if (!reply.ok) return { kind: "unknown", reason: reply.reason };
  if (reply.value.code !== 0)
    return {
      kind: "unknown",
      reason: `${host.name}: nft ended with code ${reply.value.code ?? "none"}: ${reply.value.stderr.trim().slice(0, 300)}`,
    };
  const there = textOf(reply.value.stdout)
    .split("\n")
    .some((line) => line.trim() === `table inet ${table}`);
  if (!there) return held(false, `${host.name} has no table inet ${table}.`, { host: host.name });
  const shown = await runWell(login, { host, argv: ["nft", "list", "table", "inet", table] });
  if (!shown.ok) return { kind: "unknown", reason: `${host.name} has the table inet ${table}, but does not show it.` };
  const rules = textOf(shown.result.stdout);
  // Somebody may have emptied the table by hand: its name alone stops nothing.
  const drops = rules.includes("policy drop") || /\bdrop$/m.test(rules);
  return held(drops, rules.trim(), { host: host.name });
}

/** The host must see us at a management address: else the rules would cut us off with all others. */
async function demandWayBack(login: Login, host: NamedHost): Promise<Outcome | undefined> {
  const reply = await runOn(
    { ...login, settings: { ...login.settings, sudo: false } },
    { host, argv: ["printenv", "SSH_CONNECTION"] },
  );
  if (!reply.ok) return failed(reply.reason, true);
  const seenAs = textOf(reply.value.stdout).trim().split(" ")[0] ?? "";
  const { management } = login.settings;
  if (management.some((entry) => liesIn(seenAs, entry))) return undefined;
  return failed(
    `${host.name} sees us at ${seenAs || "an unknown address"}, which is none of the management addresses (${management.join(", ")}). The rules would cut us off for good; nothing was loaded.`,
  );
}
