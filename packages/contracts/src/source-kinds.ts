/** source-kinds: what people run and how it is pointed at Holdfast: for each kind of source its path, and the exact lines of
 *  configuration for each client, with the address and key filled in. The page and the command line show the same. */
import { INGEST_EVENTS_PATH, type KeyedKind } from "./ingest.ts";

export interface SourceClient {
  readonly name: string;
  /** Where the lines go: a file, or what to do with them. */
  readonly where: string;
  readonly lines: string;
}

export interface SourceKindGuide {
  readonly kind: KeyedKind;
  readonly title: string;
  /** What sends by it, in a few words. */
  readonly senders: string;
  readonly path: string;
}

export const SOURCE_KIND_GUIDES: readonly SourceKindGuide[] = [
  {
    kind: "http",
    title: "JSON over HTTP",
    senders: "curl, rsyslog omhttp, Vector, own programs",
    path: INGEST_EVENTS_PATH,
  },
  {
    kind: "elasticsearch",
    title: "Elasticsearch bulk",
    senders: "Filebeat, Winlogbeat, Auditbeat, Logstash, Fluent Bit, Vector, rsyslog, Wazuh",
    path: "/elastic",
  },
  {
    kind: "splunk-hec",
    title: "Splunk HTTP event collector",
    senders: "Docker, Fluent Bit, syslog-ng, Cribl, Splunk's own loggers",
    path: "/services/collector",
  },
  {
    kind: "otlp",
    title: "OpenTelemetry logs and metrics",
    senders: "OpenTelemetry Collector and SDKs",
    path: "/v1/logs",
  },
  {
    kind: "prometheus",
    title: "Prometheus metrics (remote write)",
    senders: "Prometheus, Grafana Alloy, VictoriaMetrics vmagent",
    path: "/api/v1/write",
  },
  {
    kind: "loki",
    title: "Loki push",
    senders: "Grafana Alloy, Promtail, winston-loki, pino-loki",
    path: "/loki/api/v1/push",
  },
  { kind: "gelf", title: "GELF over HTTP", senders: "Graylog's clients", path: "/gelf" },
  { kind: "journald", title: "systemd journal", senders: "systemd-journal-upload", path: "/journal" },
  { kind: "osquery", title: "osquery", senders: "osqueryd, by its remote settings", path: "/api/osquery" },
  {
    kind: "wazuh",
    title: "Wazuh alerts",
    senders: "Wazuh 4 by Filebeat, Wazuh 5 by its indexer connector",
    path: "/elastic",
  },
  {
    kind: "alertmanager",
    title: "Prometheus alerts",
    senders: "Alertmanager, Prometheus",
    path: "/alertmanager/webhook",
  },
];

/** Where the same is answered over TLS, unless it was told otherwise. */
const HTTPS_PORT = 8443;

/** The first is the most usual. */
export function sourceClients(kind: KeyedKind, at: { readonly url: string; readonly key: string }): SourceClient[] {
  const { key } = at;
  const url = at.url.replace(/\/+$/, "");
  const { tls, hostname, port } = addressOf(url);
  const protocol = tls ? "https:" : "http:";
  switch (kind) {
    case "http":
      return [
        {
          name: "curl",
          where: "in a shell",
          lines: `curl -sS ${url}${INGEST_EVENTS_PATH} \\\n  -H 'Authorization: Bearer ${key}' \\\n  -H 'Content-Type: application/x-ndjson' \\\n  --data-binary '{"message":"a first event","host":"'"$(hostname)"'"}'`,
        },
        {
          name: "rsyslog (omhttp)",
          where: "/etc/rsyslog.d/60-holdfast.conf; needs the package rsyslog-omhttp",
          lines: `module(load="omhttp")\ntemplate(name="holdfast" type="list" option.jsonf="on") {\n  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")\n  property(outname="host" name="hostname" format="jsonf")\n  property(outname="program" name="programname" format="jsonf")\n  property(outname="message" name="msg" format="jsonf")\n}\n*.* action(type="omhttp" server="${hostname}" serverport="${port}" restpath="${INGEST_EVENTS_PATH.slice(1)}"\n  useHttps="${tls ? "on" : "off"}" template="holdfast" httpheaderkey="Authorization" httpheadervalue="Bearer ${key}"\n  batch="on" batch.format="newline")`,
        },
        {
          name: "Vector",
          where: "vector.yaml",
          lines: `sinks:\n  holdfast:\n    type: http\n    inputs: ["*"]\n    uri: ${url}${INGEST_EVENTS_PATH}\n    encoding: { codec: json }\n    framing: { method: newline_delimited }\n    compression: gzip\n    auth: { strategy: bearer, token: "${key}" }`,
        },
        {
          name: "Falcosidekick",
          where: "config.yaml of Falcosidekick, to which Falco sends (http_output)",
          lines: `webhook:\n  address: ${url}${INGEST_EVENTS_PATH}\n  customHeaders:\n    Authorization: "Bearer ${key}"`,
        },
        {
          name: "CrowdSec",
          where: "/etc/crowdsec/notifications/holdfast.yaml; then name holdfast under notifications in profiles.yaml",
          lines: `type: http\nname: holdfast\nlog_level: info\nformat: |\n  {{.|toJson}}\nurl: ${url}${INGEST_EVENTS_PATH}\nmethod: POST\nheaders:\n  Content-Type: application/json\n  Authorization: "Bearer ${key}"`,
        },
      ];
    case "elasticsearch":
      return [
        {
          name: "Filebeat, Auditbeat, Packetbeat",
          where: "filebeat.yml (auditbeat.yml, packetbeat.yml)",
          lines: beatsOutput({ protocol, hostname, port, key }),
        },
        {
          name: "Winlogbeat",
          where: "winlogbeat.yml on each Windows machine",
          lines: `winlogbeat.event_logs:\n  - name: Security\n  - name: System\n  - name: Microsoft-Windows-Sysmon/Operational\n  - name: Microsoft-Windows-PowerShell/Operational\n${beatsOutput({ protocol, hostname, port, key })}`,
        },
        {
          name: "Windows event collector",
          where: "winlogbeat.yml on the machine that collects the events of others (Windows Event Forwarding)",
          lines: `winlogbeat.event_logs:\n  - name: ForwardedEvents\n    forwarded: true\n${beatsOutput({ protocol, hostname, port, key })}`,
        },
        {
          name: "Logstash",
          where: "the output of a pipeline",
          lines: `output {\n  elasticsearch {\n    hosts => ["${protocol}//${hostname}:${port}"]\n    path => "/elastic"\n    user => "holdfast"\n    password => "${key}"\n    manage_template => false\n    ilm_enabled => false\n    ssl_enabled => ${tls}\n  }\n}`,
        },
        {
          name: "Fluent Bit",
          where: "fluent-bit.yaml",
          lines: `pipeline:\n  outputs:\n    - name: es\n      match: "*"\n      host: ${hostname}\n      port: ${port}\n      path: /elastic\n      http_user: holdfast\n      http_passwd: ${key}\n      suppress_type_name: on\n      compress: gzip\n      tls: ${tls ? "on" : "off"}`,
        },
        {
          name: "Vector",
          where: "vector.yaml",
          lines: `sinks:\n  holdfast:\n    type: elasticsearch\n    inputs: ["*"]\n    endpoints: ["${url}/elastic"]\n    api_version: v8\n    compression: gzip\n    auth: { strategy: basic, user: holdfast, password: "${key}" }`,
        },
        {
          name: "rsyslog (omelasticsearch)",
          where: "/etc/rsyslog.d/60-holdfast.conf; needs the package rsyslog-elasticsearch",
          lines: `module(load="omelasticsearch")\ntemplate(name="holdfast" type="list" option.jsonf="on") {\n  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")\n  property(outname="host" name="hostname" format="jsonf")\n  property(outname="program" name="programname" format="jsonf")\n  property(outname="message" name="msg" format="jsonf")\n}\n*.* action(type="omelasticsearch" server="${hostname}" serverport="${port}" usehttps="${tls ? "on" : "off"}"\n  uid="holdfast" pwd="${key}" template="holdfast" searchIndex="syslog" searchType="" bulkmode="on"\n  action.resumeRetryCount="-1" queue.type="linkedlist" queue.filename="holdfast" queue.saveonshutdown="on")`,
        },
      ];
    case "splunk-hec":
      return [
        {
          name: "curl",
          where: "in a shell",
          lines: `curl -sS ${url}/services/collector/event \\\n  -H 'Authorization: Splunk ${key}' \\\n  -d '{"host":"'"$(hostname)"'","sourcetype":"test","event":"a first event"}'`,
        },
        {
          name: "Docker",
          where: "/etc/docker/daemon.json",
          lines: `{\n  "log-driver": "splunk",\n  "log-opts": {\n    "splunk-url": "${url}",\n    "splunk-token": "${key}",\n    "splunk-format": "json",\n    "splunk-verify-connection": "false"\n  }\n}`,
        },
        {
          name: "Fluent Bit",
          where: "fluent-bit.yaml",
          lines: `pipeline:\n  outputs:\n    - name: splunk\n      match: "*"\n      host: ${hostname}\n      port: ${port}\n      splunk_token: ${key}\n      tls: ${tls ? "on" : "off"}`,
        },
        {
          name: "Cribl Stream",
          where: "outputs.yml, or a destination of the type Splunk HEC with these values",
          lines: `outputs:\n  holdfast:\n    type: splunk_hec\n    url: ${url}/services/collector/event\n    token: "${key}"\n    compress: true`,
        },
      ];
    case "otlp":
      return [
        {
          name: "OpenTelemetry Collector",
          where: "config.yaml",
          lines: `exporters:\n  otlphttp/holdfast:\n    logs_endpoint: ${url}/v1/logs\n    metrics_endpoint: ${url}/v1/metrics\n    compression: gzip\n    headers: { Authorization: "Bearer ${key}" }\nservice:\n  pipelines:\n    logs:\n      receivers: [otlp]\n      exporters: [otlphttp/holdfast]\n    metrics:\n      receivers: [otlp]\n      exporters: [otlphttp/holdfast]`,
        },
        {
          name: "OpenTelemetry Collector, gRPC",
          where: "config.yaml; the port is open once inputs.otlp.port is on",
          lines: `exporters:\n  otlp/holdfast:\n    endpoint: ${hostname}:4317\n    tls: { insecure: true }\n    headers: { authorization: "Bearer ${key}" }\nservice:\n  pipelines:\n    logs:\n      receivers: [otlp]\n      exporters: [otlp/holdfast]\n    metrics:\n      receivers: [otlp]\n      exporters: [otlp/holdfast]`,
        },
        {
          name: "OpenTelemetry SDK",
          where: "the environment of your program",
          lines: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=${url}/v1/logs\nOTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf\nOTEL_EXPORTER_OTLP_LOGS_HEADERS="Authorization=Bearer%20${key}"`,
        },
      ];
    case "prometheus":
      return [
        {
          name: "Prometheus",
          where: "prometheus.yml",
          lines: `remote_write:\n  - url: ${url}/api/v1/write\n    authorization: { type: Bearer, credentials: "${key}" }`,
        },
        {
          name: "Grafana Alloy",
          where: "config.alloy",
          lines: `prometheus.remote_write "holdfast" {\n  endpoint {\n    url = "${url}/api/v1/write"\n    bearer_token = "${key}"\n  }\n}`,
        },
      ];
    case "loki":
      return [
        {
          name: "Grafana Alloy",
          where: "config.alloy",
          lines: `loki.write "holdfast" {\n  endpoint {\n    url = "${url}/loki/api/v1/push"\n    basic_auth {\n      username = "holdfast"\n      password = "${key}"\n    }\n  }\n}`,
        },
        {
          name: "Promtail",
          where: "promtail.yaml",
          lines: `clients:\n  - url: ${url}/loki/api/v1/push\n    basic_auth:\n      username: holdfast\n      password: ${key}`,
        },
      ];
    case "gelf":
      return [
        {
          name: "curl",
          where: "in a shell",
          lines: `curl -sS ${url}/gelf \\\n  -H 'Authorization: Bearer ${key}' \\\n  -d '{"version":"1.1","host":"'"$(hostname)"'","short_message":"a first event","level":5}'`,
        },
        { name: "A client without headers", where: "its address", lines: `${url}/gelf?token=${key}` },
      ];
    case "journald":
      return [
        {
          name: "systemd-journal-upload",
          where:
            "/etc/systemd/journal-upload.conf; needs the package systemd-journal-remote; then: systemctl enable --now systemd-journal-upload",
          lines: `[Upload]\nURL=${url}/journal/${key}`,
        },
        {
          name: "One file",
          where: "in a shell",
          lines: `/lib/systemd/systemd-journal-upload --url=${url}/journal/${key} --file=system.journal`,
        },
      ];
    case "osquery":
      return [
        {
          name: "osqueryd",
          where: tls
            ? "/etc/osquery/osquery.flags; with --tls_server_certs where the authority of the certificate is your own"
            : "/etc/osquery/osquery.flags; osquery speaks TLS only: set http.tls.port of Holdfast to on, or put a proxy with a certificate in front",
          lines: `--tls_hostname=${hostname}:${tls ? port : HTTPS_PORT}\n--enroll_secret_path=/etc/osquery/enroll_secret\n--enroll_tls_endpoint=/api/osquery/enroll\n--config_plugin=tls\n--config_tls_endpoint=/api/osquery/config\n--logger_plugin=tls\n--logger_tls_endpoint=/api/osquery/log\n--logger_tls_compress=true`,
        },
        {
          name: "The secret",
          where: "/etc/osquery/enroll_secret, readable by root only",
          lines: key,
        },
      ];
    case "wazuh":
      return [
        {
          name: "Wazuh 4 (Filebeat)",
          where: "/etc/filebeat/filebeat.yml on the Wazuh server",
          lines: `output.elasticsearch:\n  hosts: ["${protocol}//${hostname}:${port}"]\n  path: /elastic\n  username: holdfast\n  password: "${key}"`,
        },
        {
          name: "Wazuh 5 (indexer connector)",
          where: "the indexer section of ossec.conf",
          lines: `<indexer>\n  <enabled>yes</enabled>\n  <hosts>\n    <host>${url}/elastic</host>\n  </hosts>\n  <username>holdfast</username>\n  <password>${key}</password>\n</indexer>`,
        },
        {
          name: "alerts.json by curl",
          where: "in a shell on the Wazuh server, to try it",
          lines: `tail -n 100 /var/ossec/logs/alerts/alerts.json | curl -sS --data-binary @- -H 'Content-Type: application/x-ndjson' \\\n  -H 'Authorization: Bearer ${key}' ${url}${INGEST_EVENTS_PATH}`,
        },
      ];
    case "alertmanager":
      return [
        {
          name: "Alertmanager",
          where: "alertmanager.yml",
          lines: `receivers:\n  - name: holdfast\n    webhook_configs:\n      - url: ${url}/alertmanager/webhook\n        send_resolved: true\n        http_config:\n          authorization: { type: Bearer, credentials: "${key}" }`,
        },
        {
          name: "Prometheus",
          where: "prometheus.yml",
          lines: `alerting:\n  alertmanagers:\n    - scheme: ${tls ? "https" : "http"}\n      path_prefix: /alertmanager\n      authorization: { type: Bearer, credentials: "${key}" }\n      static_configs:\n        - targets: ["${hostname}:${port}"]`,
        },
      ];
  }
}

function beatsOutput(at: {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly key: string;
}): string {
  return `output.elasticsearch:\n  hosts: ["${at.protocol}//${at.hostname}:${at.port}"]\n  path: /elastic\n  username: holdfast\n  password: "${at.key}"\n  allow_older_versions: true\nsetup.ilm.enabled: false\nsetup.template.enabled: false`;
}

function addressOf(url: string): { readonly tls: boolean; readonly hostname: string; readonly port: string } {
  const [, scheme = "http", hostname = "localhost", port] =
    /^(https?):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?/.exec(url) ?? [];
  const tls = scheme === "https";
  return { tls, hostname, port: port ?? (tls ? "443" : "80") };
}
