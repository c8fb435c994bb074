/** crowdstrike: network containment by the Falcon API: token, search of the device, containment, state until it is confirmed. */
import { defineConnector, done, failed, type JsonObject } from "@holdfast/sdk";
import { z } from "zod";
import { isHttpUrl, placeOf } from "./chat/http.ts";
import { type Device, edrOf, type IsolationState, type Product } from "./edr/device.ts";
import { listIn, openSession } from "./edr/session.ts";

const settings = z.strictObject({
  url: z.string().refine(isHttpUrl, "a URL").default("https://api.crowdstrike.com").meta({
    title: "API",
    description: "Of your cloud: api.crowdstrike.com, api.us-2.crowdstrike.com, api.eu-1.crowdstrike.com …",
  }),
});
const secrets = z.strictObject({
  clientId: z.string().min(1).max(200).meta({ title: "Client id" }),
  clientSecret: z.string().min(1).max(500).meta({ title: "Client secret", description: "With Hosts: read and write" }),
});

export default defineConnector({
  kind: "crowdstrike",
  title: "CrowdStrike Falcon",
  description: "Finds devices and contains them on the network.",
  docs: "https://developer.crowdstrike.com/docs/openapi/",
  settings,
  secrets,
  offers: ["edr"],
  secretsTravel: true,
  reaches: ({ url }) => [placeOf(url)],
  connect: ({ settings: s, secrets: k, ports }) => ({
    edr: edrOf(productOf(s.url, { login: () => openSession(ports, loginOf(s.url, k)) }), ports),
  }),
  test: async ({ settings: s, secrets: k, ports }) => {
    const opened = await openSession(ports, loginOf(s.url, k));
    if (!opened.ok) return opened.outcome;
    const listed = await opened.session.ask({ method: "GET", url: `${s.url}/devices/queries/devices/v1?limit=1` });
    return listed.ok ? done("Falcon gives a token and lists devices.") : listed.outcome;
  },
});

const loginOf = (url: string, { clientId, clientSecret }: z.infer<typeof secrets>) => ({
  url: `${url}/oauth2/token`,
  form: { client_id: clientId, client_secret: clientSecret },
  who: "Falcon",
});

const STATES: Readonly<Record<string, IsolationState>> = {
  normal: "released",
  contained: "isolated",
  containment_pending: "isolating",
  lift_containment_pending: "releasing",
};

function productOf(url: string, { login }: { login: () => ReturnType<typeof openSession> }): Product {
  const query = (host: string) =>
    `${url}/devices/queries/devices/v1?filter=${encodeURIComponent(`hostname:'${host}'`)}&limit=5`;
  const action = (change: "isolate" | "release") =>
    `${url}/devices/entities/devices-actions/v2?action_name=${change === "isolate" ? "contain" : "lift_containment"}`;
  return {
    name: "Falcon",
    command: (host, change) => [
      `GET ${query(host)}`,
      ...(change === "find" ? [] : [`POST ${action(change)} {"ids":["<the device's id>"]}`]),
    ],
    open: login,
    async find(session, host) {
      const found = await session.ask({ method: "GET", url: query(host) });
      if (!found.ok) return found;
      const ids = Array.isArray(found.json["resources"]) ? found.json["resources"].map(String) : [];
      if (ids.length === 0) return { ok: true, devices: [] };
      const read = await session.ask({ method: "POST", url: `${url}/devices/entities/devices/v2`, json: { ids } });
      if (!read.ok)
        return read.outcome.kind === "unknown" ? { ok: false, outcome: failed(read.outcome.reason, true) } : read;
      return { ok: true, devices: listIn(read.json, "resources").map(deviceOf) };
    },
    async change(session, device, change) {
      const asked = await session.ask({ method: "POST", url: action(change), json: { ids: [device.id] } });
      if (!asked.ok) return asked;
      const [error] = listIn(asked.json, "errors");
      if (error !== undefined) return { ok: false, outcome: failed(`Falcon refused: ${String(error["message"])}`) };
      return { ok: true, reference: `trace ${traceOf(asked.json)}` };
    },
    async state(session, device) {
      const read = await session.ask({
        method: "POST",
        url: `${url}/devices/entities/devices/v2`,
        json: { ids: [device.id] },
      });
      if (!read.ok) return read;
      const [found] = listIn(read.json, "resources");
      const state = STATES[String(found?.["status"])];
      if (state === undefined)
        return {
          ok: false,
          outcome: {
            kind: "unknown",
            reason: `Falcon shows no known state of ${device.name}: ${String(found?.["status"])}`,
          },
        };
      return { ok: true, state };
    },
  };
}

const deviceOf = (found: JsonObject): Device => ({
  id: String(found["device_id"]),
  name: String(found["hostname"]),
  facts: {
    status: String(found["status"]),
    address: String(found["local_ip"] ?? ""),
    system: String(found["os_version"] ?? ""),
    lastSeen: String(found["last_seen"] ?? ""),
  },
});

function traceOf(json: JsonObject): string {
  const meta = json["meta"];
  return typeof meta === "object" && meta !== null && !Array.isArray(meta)
    ? String(meta["trace_id"] ?? "unknown")
    : "unknown";
}
