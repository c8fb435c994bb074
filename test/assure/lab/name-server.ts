/** name-server: a real named on a host of the lab: a zone with names to block, and a policy zone that takes updates with a key. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./command.ts";
import type { LabHost } from "./host.ts";

export interface NameServer {
  readonly address: string;
  /** The policy zone. */
  readonly zone: string;
  readonly keyName: string;
  /** Base64. */
  readonly keySecret: string;
  /** A name that resolves until it is sinkholed. */
  readonly domain: string;
  /** What a client of the lab gets: the addresses, or the status such as "NXDOMAIN". */
  resolve(from: LabHost, name: string): string;
}

const DOMAIN = "c2.evil.example";

export async function startNameServer(host: LabHost, { web }: { web: string }): Promise<NameServer> {
  const at = (name: string): string => join(host.place, name);
  const keySecret = randomBytes(32).toString("base64");
  const soa = "$TTL 60\n@ IN SOA localhost. root.localhost. 1 3600 600 86400 60\n@ IN NS localhost.\n";
  writeFileSync(at("rpz.zone"), soa);
  writeFileSync(at("evil.zone"), `${soa}c2 IN A ${web}\nwww.c2 IN A ${web}\n`);
  writeFileSync(
    at("named.conf"),
    `options {
  directory "${host.place}";
  listen-on { ${host.address}; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion yes;
  allow-recursion { any; };
  allow-query { any; };
  dnssec-validation no;
  empty-zones-enable no;
  response-policy { zone "rpz.lab.example"; } min-update-interval 0 qname-wait-recurse no;
};
controls { };
key "holdfast" { algorithm hmac-sha256; secret "${keySecret}"; };
zone "rpz.lab.example" { type primary; file "rpz.zone"; allow-update { key "holdfast"; }; allow-query { any; }; };
zone "evil.example" { type primary; file "evil.zone"; };
`,
  );
  host.spawn(["named", "-f", "-n", "1", "-c", at("named.conf")]);
  const resolve = (from: LabHost, name: string): string => {
    const { stdout } = from.exec([
      "dig",
      "+time=2",
      "+tries=1",
      "+noall",
      "+comments",
      "+answer",
      `@${host.address}`,
      name,
      "A",
    ]);
    const status = /status: (\w+)/.exec(stdout)?.[1] ?? "no answer";
    const addresses = [...stdout.matchAll(/\sA\s+(\d+\.\d+\.\d+\.\d+)/g)].map((match) => match[1]);
    return addresses.length > 0 ? addresses.join(" ") : status;
  };
  await until("named answers", () => resolve(host, DOMAIN) === web);
  return { address: host.address, zone: "rpz.lab.example", keyName: "holdfast", keySecret, domain: DOMAIN, resolve };
}
