/** schema: every setting of Holdfast: its name, kind, default and whether it is secret. The one list that the file, the
 *  environment, the flags, `doctor` and the documentation go by. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { bytes, inputPort, listenHost, text, texts, timeZone, url, whole, yesOrNo } from "./values.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const port = () => whole(0, 65_535);
const section = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape);
/** A protocol's usual port over HTTP, plain and over TLS; the same number for both, as its clients know one. */
const httpInput = (usual: number, what: string) => ({
  port: inputPort(usual).meta({ description: `Port of ${what} over HTTP; on = ${usual}, 0 = off` }),
  tls: section({ port: inputPort(usual).meta({ description: `Port of ${what} over HTTPS; on = ${usual}, 0 = off` }) }),
});
/** Zod fills a missing section from its own defaults. */

export const configSchema = section({
  home: text().meta({ description: "Directory that holds everything of this Holdfast" }),
  organisation: section({
    zone: timeZone().meta({
      description: "Time zone of your working hours, such as Europe/Berlin; silence is learned by it",
    }),
  }),
  http: section({
    host: listenHost().meta({ description: "Address of the web interface and API; any = every interface" }),
    port: port().meta({ description: "Port of the web interface and API; 0 = a free one" }),
    tls: section({
      host: listenHost()
        .optional()
        .meta({ description: "Address of that over TLS, where it is not that of http.host; any = every interface" }),
      port: inputPort(8443).meta({
        description: "Port of the web interface, API and inputs over TLS; on = 8443, 0 = off",
      }),
    }),
    url: url(["http", "https"])
      .optional()
      .meta({ description: "Address under which people reach the web interface; stands in messages" }),
  }),
  syslog: section({
    host: listenHost().meta({ description: "Address of the syslog inputs; any = every interface" }),
    udp: section({ port: port().meta({ description: "Port of syslog over UDP; 0 = off" }) }),
    tcp: section({ port: port().meta({ description: "Port of syslog over TCP; 0 = off" }) }),
    tls: section({ port: inputPort(6514).meta({ description: "Port of syslog over TLS; on = 6514, 0 = off" }) }),
    relp: section({
      port: inputPort(2514).meta({ description: "Port of syslog by RELP; on = 2514, 0 = off" }),
      tls: section({ port: inputPort(2515).meta({ description: "Port of RELP over TLS; on = 2515, 0 = off" }) }),
    }),
  }),
  inputs: section({
    host: listenHost().meta({ description: "Address of the inputs below; any = every interface" }),
    otlp: section({
      port: inputPort(4317).meta({ description: "Port of OpenTelemetry over gRPC; on = 4317, 0 = off" }),
      tls: section({
        port: inputPort(4319).meta({ description: "Port of OpenTelemetry over gRPC and TLS; on = 4319, 0 = off" }),
      }),
      http: section(httpInput(4318, "OpenTelemetry")),
    }),
    fluent: section({
      port: inputPort(24_224).meta({ description: "Port of Fluent forward; on = 24224, 0 = off" }),
      tls: section({
        port: inputPort(24_225).meta({ description: "Port of Fluent forward over TLS; on = 24225, 0 = off" }),
      }),
      key: text().optional().meta({ description: "Shared key that Fluent senders must know", secret: "whole" }),
    }),
    gelf: section({
      udp: section({ port: inputPort(12_201).meta({ description: "Port of GELF over UDP; on = 12201, 0 = off" }) }),
      tcp: section({ port: inputPort(12_201).meta({ description: "Port of GELF over TCP; on = 12201, 0 = off" }) }),
      http: section(httpInput(12_202, "GELF")),
    }),
    elasticsearch: section({
      ...httpInput(9200, "Elasticsearch bulk"),
      version: text().meta({ description: "Version that senders to it are told; Beats refuse one below their own" }),
    }),
    splunk: section({
      ...httpInput(8088, "Splunk HEC"),
      empty: yesOrNo().meta({
        description:
          "Take an empty body for a question whether anybody is there, as GitHub sends it; Splunk refuses it",
      }),
    }),
    loki: section(httpInput(3100, "Loki push")),
    prometheus: section(httpInput(9090, "Prometheus remote write")),
    alertmanager: section(httpInput(9093, "Alertmanager")),
    journald: section(httpInput(19_532, "the journal's upload")),
  }),
  tls: section({
    cert: text().optional().meta({ description: "PEM file of the certificate that inputs over TLS show" }),
    key: text().optional().meta({ description: "PEM file of its private key" }),
    clients: text()
      .optional()
      .meta({ description: "PEM file of authorities; inputs over TLS then take only clients with their certificates" }),
  }),
  database: section({
    url: url(["postgres", "postgresql"])
      .optional()
      .meta({ description: "A PostgreSQL server to use instead of the embedded one", secret: "url" }),
  }),
  clickhouse: section({
    url: url(["http", "https"])
      .optional()
      .meta({ description: "A ClickHouse server to use instead of the embedded event store", secret: "url" }),
    user: text().optional().meta({ description: "User of that ClickHouse server" }),
    password: z.string().optional().meta({ description: "Password of that ClickHouse server", secret: "whole" }),
  }),
  admin: section({
    password: z
      .string()
      .min(12, "must have at least 12 characters")
      .optional()
      .meta({ description: "First password of admin; generated when missing", secret: "whole" }),
  }),
  rules: section({
    paths: texts().meta({ description: "Folders and files of Sigma rules to load" }),
    starter: yesOrNo().meta({ description: "Load the rules that come with Holdfast" }),
    pipelines: texts().meta({ description: "Folders and files of processing pipelines, applied to all rules" }),
    placeholders: text().optional().meta({ description: "YAML file with the values of `%placeholders%` in rules" }),
  }),
  parsers: section({
    folder: text()
      .optional()
      .meta({ description: "Folder of your own parsers as YAML; `parsers` in the home where not given" }),
  }),
  retention: section({ days: whole(1, 36_500).meta({ description: "Days that events are kept" }) }),
  spool: section({
    max: section({ bytes: bytes(16 * MIB).meta({ description: "Size at which the spool refuses new records" }) }),
  }),
  disk: section({
    reserve: section({
      bytes: bytes(0).meta({ description: "Free space below which ingest is refused" }),
      percent: whole(0, 90).meta({ description: "Free share of the disk below which ingest is refused" }),
    }),
  }),
  ingest: section({
    workers: whole(1, 256).meta({ description: "Threads that parse and match" }),
    block: section({
      records: whole(1, 1_000_000).meta({ description: "Most records in one block" }),
      bytes: bytes(64 * 1024).meta({ description: "Most bytes in one block" }),
    }),
    record: section({ bytes: bytes(1024).meta({ description: "Largest record that is taken" }) }),
  }),
  log: section({
    level: z.enum(["debug", "info", "warn", "error", "silent"]).meta({ description: "Least level that is logged" }),
  }),
  backup: section({
    folder: text()
      .optional()
      .meta({ description: "Folder below which backups that are asked for from elsewhere are written" }),
  }),
  workflows: section({
    days: whole(1, 3_650).meta({ description: "Days that the history of finished workflows is kept" }),
  }),
  session: section({ hours: whole(1, 720).meta({ description: "Hours until a login expires" }) }),
  search: section({
    seconds: whole(1, 3_600).meta({ description: "Longest time of one search" }),
    memory: section({ bytes: bytes(16 * MIB).meta({ description: "Most memory of one search" }) }),
    rows: whole(1, 1_000_000).meta({ description: "Most rows that one search returns" }),
  }),
});

export type Config = z.infer<typeof configSchema>;

export const DEFAULTS: Readonly<Record<string, unknown>> = {
  home: "./.holdfast",
  "organisation.zone": "UTC",
  "http.host": "127.0.0.1",
  "http.port": 8420,
  "http.tls.port": 0,
  "syslog.host": "127.0.0.1",
  "syslog.udp.port": 5514,
  "syslog.tcp.port": 5514,
  "syslog.tls.port": 0,
  "syslog.relp.port": 0,
  "syslog.relp.tls.port": 0,
  "inputs.host": "127.0.0.1",
  "inputs.otlp.port": 0,
  "inputs.otlp.tls.port": 0,
  "inputs.fluent.port": 0,
  "inputs.fluent.tls.port": 0,
  "inputs.gelf.udp.port": 0,
  "inputs.gelf.tcp.port": 0,
  "inputs.otlp.http.port": 0,
  "inputs.otlp.http.tls.port": 0,
  "inputs.gelf.http.port": 0,
  "inputs.gelf.http.tls.port": 0,
  "inputs.elasticsearch.port": 0,
  "inputs.elasticsearch.tls.port": 0,
  "inputs.splunk.port": 0,
  "inputs.splunk.tls.port": 0,
  "inputs.loki.port": 0,
  "inputs.loki.tls.port": 0,
  "inputs.prometheus.port": 0,
  "inputs.prometheus.tls.port": 0,
  "inputs.alertmanager.port": 0,
  "inputs.alertmanager.tls.port": 0,
  "inputs.journald.port": 0,
  "inputs.journald.tls.port": 0,
  "inputs.elasticsearch.version": "8.19.2",
  "inputs.splunk.empty": false,
  "rules.paths": [],
  "rules.starter": true,
  "rules.pipelines": [],
  "retention.days": 90,
  "spool.max.bytes": 2 * GIB,
  "disk.reserve.bytes": 512 * MIB,
  "disk.reserve.percent": 5,
  "ingest.workers": Math.max(1, availableParallelism() - 1),
  "ingest.block.records": 5_000,
  "ingest.block.bytes": 16 * MIB,
  "ingest.record.bytes": MIB,
  "log.level": "info",
  "workflows.days": 30,
  "session.hours": 12,
  "search.seconds": 30,
  "search.memory.bytes": GIB,
  "search.rows": 10_000,
};

export interface Setting {
  readonly key: string;
  /** Name of the environment variable. */
  readonly variable: string;
  readonly description: string;
  /** `url`: only the password inside is secret. */
  readonly secret: "no" | "whole" | "url";
}

/** All settings, in the order of the schema. */
export const SETTINGS: readonly Setting[] = leavesOf(configSchema, []);

function leavesOf(object: z.ZodObject, path: readonly string[]): Setting[] {
  return Object.entries(object.shape).flatMap(([name, type]) => {
    if (type instanceof z.ZodObject) return leavesOf(type, [...path, name]);
    const key = [...path, name].join(".");
    const meta = type instanceof z.ZodType ? (type.meta() ?? {}) : {};
    const secret = meta["secret"] === "whole" || meta["secret"] === "url" ? meta["secret"] : "no";
    const variable = `HOLDFAST_${key.toUpperCase().replaceAll(".", "_")}`;
    return [{ key, variable, description: meta.description ?? "", secret }];
  });
}
