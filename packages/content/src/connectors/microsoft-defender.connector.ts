/** microsoft-defender: isolation by the API of Defender for Endpoint: token of the tenant, search of the machine, machine action,
 *  its state until it is done. Whether a machine is isolated is what its last finished action says. */
import { defineConnector, done, type JsonObject } from "@holdfast/sdk";
import { z } from "zod";
import { isHttpUrl, placeOf } from "./chat/http.ts";
import { edrOf, type IsolationState, type Product } from "./edr/device.ts";
import { listIn, openSession } from "./edr/session.ts";

const settings = z.strictObject({
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,100}$/, "the tenant's id or domain")
    .meta({ title: "Tenant" }),
  url: z.string().refine(isHttpUrl, "a URL").default("https://api.security.microsoft.com").meta({ title: "API" }),
  loginUrl: z.string().refine(isHttpUrl, "a URL").default("https://login.microsoftonline.com").meta({ title: "Login" }),
  scope: z.string().max(200).default("https://api.securitycenter.microsoft.com/.default").meta({ title: "Scope" }),
});
const secrets = z.strictObject({
  clientId: z.string().min(1).max(200).meta({ title: "Application id" }),
  clientSecret: z
    .string()
    .min(1)
    .max(500)
    .meta({ title: "Client secret", description: "With Machine.Read.All and Machine.Isolate" }),
});

type Settings = z.infer<typeof settings>;

export default defineConnector({
  kind: "microsoft-defender",
  title: "Microsoft Defender for Endpoint",
  description: "Finds machines and isolates them.",
  docs: "https://learn.microsoft.com/en-us/defender-endpoint/api/isolate-machine",
  settings,
  secrets,
  offers: ["edr"],
  secretsTravel: true,
  reaches: ({ url, loginUrl }) => [placeOf(url), placeOf(loginUrl)],
  connect: ({ settings: s, secrets: k, ports }) => ({
    edr: edrOf(productOf(s, { login: () => openSession(ports, loginOf(s, k)) }), ports),
  }),
  test: async ({ settings: s, secrets: k, ports }) => {
    const opened = await openSession(ports, loginOf(s, k));
    if (!opened.ok) return opened.outcome;
    const listed = await opened.session.ask({ method: "GET", url: `${s.url}/api/machines?$top=1` });
    return listed.ok ? done("Defender gives a token and lists machines.") : listed.outcome;
  },
});

const loginOf = (s: Settings, { clientId, clientSecret }: z.infer<typeof secrets>) => ({
  url: `${s.loginUrl}/${s.tenant}/oauth2/v2.0/token`,
  form: { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: s.scope },
  who: "Microsoft",
});

function productOf({ url }: Settings, { login }: { login: () => ReturnType<typeof openSession> }): Product {
  const query = (host: string) =>
    `${url}/api/machines?$filter=${encodeURIComponent(`computerDnsName eq '${host}' or startswith(computerDnsName,'${host}.')`)}&$top=5`;
  const action = (id: string, change: "isolate" | "release") =>
    `${url}/api/machines/${encodeURIComponent(id)}/${change === "isolate" ? "isolate" : "unisolate"}`;
  return {
    name: "Defender",
    command: (host, change) => [
      `GET ${query(host)}`,
      ...(change === "find" ? [] : [`POST ${action("<the machine's id>", change)} ${JSON.stringify(bodyOf(change))}`]),
    ],
    open: login,
    async find(session, host) {
      const found = await session.ask({ method: "GET", url: query(host) });
      if (!found.ok) return found;
      const devices = listIn(found.json, "value").map((machine) => ({
        id: String(machine["id"]),
        name: String(machine["computerDnsName"]),
        facts: {
          health: String(machine["healthStatus"] ?? ""),
          address: String(machine["lastIpAddress"] ?? ""),
          system: String(machine["osPlatform"] ?? ""),
          lastSeen: String(machine["lastSeen"] ?? ""),
        },
      }));
      return { ok: true, devices };
    },
    async change(session, device, change) {
      const asked = await session.ask({ method: "POST", url: action(device.id, change), json: bodyOf(change) });
      return asked.ok ? { ok: true, reference: `machine action ${String(asked.json["id"])}` } : asked;
    },
    async state(session, device) {
      const filter = encodeURIComponent(`machineId eq '${device.id}' and type in ('Isolate','Unisolate')`);
      const listed = await session.ask({
        method: "GET",
        url: `${url}/api/machineactions?$filter=${filter}&$orderby=${encodeURIComponent("creationDateTimeUtc desc")}&$top=20`,
      });
      return listed.ok ? { ok: true, state: stateOf(listed.json) } : listed;
    },
  };
}

const bodyOf = (change: "isolate" | "release"): JsonObject => ({
  Comment: "Ordered in Holdfast",
  ...(change === "isolate" ? { IsolationType: "Full" } : {}),
});

/** Newest first. What failed or was cancelled changed nothing. */
function stateOf(json: JsonObject): IsolationState {
  for (const action of listIn(json, "value")) {
    const isolates = action["type"] === "Isolate";
    const status = String(action["status"]);
    if (status === "Succeeded") return isolates ? "isolated" : "released";
    if (status === "Pending" || status === "InProgress") return isolates ? "isolating" : "releasing";
  }
  return "released";
}
