/** collection-data: fills a Holdfast with one thing of each kind of collecting, through the doors that programs use: a source with lines that
 *  nobody can read, traces between services, an alert of Alertmanager, a host with osquery that is asked, a metric with an alert. */
import { type Api, until } from "./browser.ts";
import type { RunningServer } from "./server.ts";

export interface Collected {
  /** A source with events and with lines that no parser took. */
  readonly source: string;
  readonly service: string;
  readonly asset: string;
  /** Reported by Alertmanager. */
  readonly alert: string;
}

const HOST = "shop-web-1";

export async function fillCollection(api: Api, server: RunningServer): Promise<Collected> {
  const yaml = `teams:\n  - { id: shop, name: Shop, kind: operations }\nservices:\n  - { id: shop, name: Shop, owner: shop, criticality: 4, exposure: internal, assets: [${HOST}] }\n  - { id: payments, name: Payments, owner: shop, criticality: 5, exposure: internal }\nassets:\n  - { name: ${HOST}, kind: server, owner: shop, criticality: 4, exposure: internal }\n`;
  await api.send("POST", "/api/estate/import", { yaml });
  const add = async (name: string, kind: string): Promise<{ id: string; key: string }> => {
    const made = await api.send<{ source: { id: string }; key: string }>("POST", "/api/sources", { name, kind });
    return { id: made.source.id, key: made.key };
  };
  const send = async (path: string, key: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  };
  const web = await add("Shop front", "http");
  await api.ingest(
    web.key,
    Array.from({ length: 240 }, (_, n) => ({ host: HOST, message: `GET /cart/${n % 9} 200` })),
  );
  const lines = Array.from(
    { length: 60 },
    (_, n) => `till ${n % 7} closed shift ${1000 + n} of clerk c${n % 5} with ${n * 3} sales`,
  );
  const raw = await fetch(`${server.url}/api/ingest/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${web.key}`, "content-type": "text/plain" },
    body: lines.join("\n"),
  });
  if (!raw.ok) throw new Error(`lines were answered with ${raw.status}`);
  const otlp = await add("Shop telemetry", "otlp");
  await send("/v1/traces", otlp.key, traces());
  await send("/v1/metrics", otlp.key, metrics());
  const { key } = await add("Prometheus alerts", "alertmanager");
  const labels = { alertname: "QueueSlow", instance: `${HOST}:9100`, service: "shop", severity: "critical" };
  const annotations = { summary: "orders wait for more than a minute" };
  await send("/alertmanager/api/v2/alerts", key, [{ labels, annotations, startsAt: new Date().toISOString() }]);
  await askHost(api, server, await add("Desks and servers", "osquery"));
  await until(
    "the metric has arrived",
    () => api.get<{ items: { name: string }[] }>("/api/metrics?q=orders_waiting"),
    ({ items }) => items.length > 0,
  );
  const text =
    "id: orders-wait\ntitle: Orders wait\nquery: metric orders_waiting max by asset\nabove: 100\nfor: 0s\nover: 15s\nevery: 15s\nlevel: high\n";
  await api.send("POST", "/api/metric-rules", { text });
  const { items } = await until(
    "the alert of Alertmanager is there",
    () => api.get<{ items: { id: string; ruleId: string }[] }>("/api/alerts?state=new"),
    (answer) => answer.items.some(({ ruleId }) => ruleId === "alertmanager:QueueSlow"),
  );
  const assets = await until(
    "the asset is there",
    () => api.get<{ items: { id: string; name: string }[] }>(`/api/assets?q=${HOST}`),
    (answer) => answer.items.length > 0,
  );
  await until(
    "the edge is seen",
    () => api.get<{ items: unknown[] }>("/api/estate/edges?service=shop"),
    (answer) => answer.items.length > 0,
  );
  const alert = items.find(({ ruleId }) => ruleId === "alertmanager:QueueSlow")?.id ?? "";
  return { source: web.id, service: "shop", asset: assets.items[0]?.id ?? "", alert };
}

async function askHost(api: Api, server: RunningServer, { key }: { key: string }): Promise<void> {
  const ask = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${server.url}/api/osquery/${path}`, { method: "POST", body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
  };
  const { node_key } = await ask("enroll", { enroll_secret: key, host_identifier: HOST });
  await ask("distributed/read", { node_key });
  await until(
    "the host can be asked",
    () => api.get<{ items: unknown[] }>(`/api/host-queries/hosts?host=${HOST}`),
    ({ items }) => items.length > 0,
  );
  const query = "SELECT pid, name, path FROM processes WHERE on_disk = 0;";
  await api.send("POST", "/api/host-queries", { query, hosts: [HOST], reason: "programs whose file is gone" });
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const nanos = (ms: number): string => `${ms}000000`;

function traces() {
  const resource = { attributes: [attribute("service.name", "shop"), attribute("host.name", HOST)] };
  const spans = Array.from({ length: 20 }, (_, n) => ({
    traceId: n.toString(16).padStart(32, "a"),
    spanId: n.toString(16).padStart(16, "b"),
    name: "POST /pay",
    kind: 3,
    startTimeUnixNano: nanos(Date.now() - 1_000),
    endTimeUnixNano: nanos(Date.now() - 900),
    attributes: [attribute("peer.service", "payments"), attribute("http.request.method", "POST")],
  }));
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

function metrics() {
  const resource = { attributes: [attribute("host.name", HOST), attribute("service.name", "shop")] };
  // Ahead of time as well, so that it has points as long as the pages are looked at.
  const dataPoints = Array.from({ length: 240 }, (_, n) => ({
    timeUnixNano: nanos(Date.now() + (n - 60) * 5_000),
    asDouble: 120 + (n % 9),
  }));
  return {
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: "orders_waiting", gauge: { dataPoints } }] }] }],
  };
}
