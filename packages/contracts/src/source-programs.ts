/** source-programs: what people run, by the names they know it by, and which door each goes through: a source with a key, a port, something
 *  that Holdfast fetches, or files. The lines themselves stand with the door. The page and the command line offer the same. */
import type { KeyedKind, PortKind } from "./ingest.ts";

export type ProgramWay =
  | { readonly way: "key"; readonly kind: KeyedKind; readonly client: string }
  | { readonly way: "port"; readonly kind: PortKind; readonly client: string }
  /** The kind of what is fetched. */
  | { readonly way: "fetch"; readonly kind: string }
  | { readonly way: "file" };

export interface SourceProgram {
  readonly id: string;
  readonly name: string;
  /** What comes from it. */
  readonly about: string;
  readonly group: ProgramGroup;
  /** Other words that it is looked for by. */
  readonly words: string;
  /** What the lines do not say; "" when they say all. */
  readonly note: string;
  readonly by: ProgramWay;
}

export const PROGRAM_GROUPS = [
  "Agents and shippers",
  "Systems and servers",
  "Network and security",
  "Metrics, traces and alerts",
  "Clouds and services",
  "Queues, files, own programs",
] as const;
export type ProgramGroup = (typeof PROGRAM_GROUPS)[number];

const key = (kind: KeyedKind, client: string): ProgramWay => ({ way: "key", kind, client });
const port = (kind: PortKind, client: string): ProgramWay => ({ way: "port", kind, client });
const fetched = (kind: string): ProgramWay => ({ way: "fetch", kind });

type Row = readonly [id: string, name: string, about: string, words: string, by: ProgramWay, note?: string];

const ROWS: Readonly<Record<ProgramGroup, readonly Row[]>> = {
  "Agents and shippers": [
    ["rsyslog", "rsyslog", "syslog of a Linux machine", "linux syslog omfwd", port("syslog-tcp", "rsyslog")],
    [
      "rsyslog-relp",
      "rsyslog by RELP",
      "syslog, acknowledged message by message",
      "linux syslog omrelp reliable",
      port("syslog-relp", "rsyslog"),
    ],
    [
      "rsyslog-tls",
      "rsyslog over TLS",
      "syslog, encrypted",
      "linux syslog certificates",
      port("syslog-tls", "rsyslog"),
    ],
    [
      "rsyslog-file",
      "Any log file, by rsyslog",
      "lines of a file",
      "linux imfile tail application",
      port("syslog-tcp", "rsyslog, from a file"),
    ],
    ["syslog-ng", "syslog-ng", "syslog of a Linux or BSD machine", "linux bsd", port("syslog-tcp", "syslog-ng")],
    [
      "filebeat",
      "Filebeat, Auditbeat, Packetbeat",
      "log files, Linux audit, network",
      "elastic beats agent",
      key("elasticsearch", "Filebeat"),
    ],
    [
      "winlogbeat",
      "Winlogbeat",
      "Windows event log, Sysmon",
      "elastic beats windows agent evtx",
      key("elasticsearch", "Winlogbeat"),
    ],
    [
      "windows-forwarding",
      "Windows Event Forwarding",
      "events of many Windows machines, by their collector",
      "wef wec ws-man winrm subscription forwardedevents",
      key("elasticsearch", "Windows event collector"),
      "Windows machines send to a Windows event collector (wecutil qc, and a subscription); Winlogbeat runs on the collector and reads its ForwardedEvents.",
    ],
    ["logstash", "Logstash", "what its pipelines carry", "elastic", key("elasticsearch", "Logstash")],
    ["vector", "Vector", "what its sources carry", "datadog", key("elasticsearch", "Vector")],
    [
      "fluent-bit",
      "Fluent Bit",
      "containers, files, Kubernetes",
      "kubernetes daemonset fluentbit",
      port("fluent", "Fluent Bit"),
    ],
    ["fluentd", "Fluentd", "containers, files, Kubernetes", "kubernetes td-agent", port("fluent", "Fluentd")],
    [
      "otel-collector",
      "OpenTelemetry Collector",
      "logs, metrics, traces",
      "otlp otelcol",
      key("otlp", "OpenTelemetry Collector"),
    ],
    [
      "splunk-forwarder",
      "Splunk forwarder",
      "what a universal or heavy forwarder reads",
      "universal heavy uf hf outputs.conf",
      port("syslog-tcp", "Splunk forwarder"),
      "A forwarder's own protocol is Splunk's alone; with sendCookedData off it sends the plain lines, and can send to your indexers as before.",
    ],
    [
      "splunk-hec",
      "Splunk HEC clients",
      "whatever speaks Splunk's HTTP event collector",
      "http event collector token logging library",
      key("splunk-hec", "curl"),
    ],
    ["cribl", "Cribl Stream", "what its routes carry", "edge splunk", key("splunk-hec", "Cribl Stream")],
    ["nxlog", "NXLog", "Windows event log, files", "windows agent sysmon", port("syslog-tcp", "NXLog")],
    [
      "sysmon-linux",
      "Sysmon for Linux",
      "processes, files and connections of Linux hosts",
      "sysinternals process creation syslog xml",
      port("syslog-tcp", "rsyslog"),
      "It writes its events to syslog as XML; rsyslog carries them on as they are.",
    ],
    ["promtail", "Promtail", "files and containers, as for Loki", "grafana loki", key("loki", "Promtail")],
    [
      "alloy",
      "Grafana Alloy (logs)",
      "files and containers, as for Loki",
      "grafana agent loki",
      key("loki", "Grafana Alloy"),
    ],
    ["loki", "Loki clients", "whatever pushes to Loki", "grafana winston pino", key("loki", "Grafana Alloy")],
    ["graylog", "Graylog", "what its streams carry", "gelf output", port("gelf-tcp", "Graylog")],
    ["gelf", "GELF clients", "what a program's GELF library writes", "graylog log4j logback", key("gelf", "curl")],
  ],
  "Systems and servers": [
    [
      "journald",
      "systemd's journal",
      "all of a Linux machine's journal",
      "linux systemd-journal-upload journalctl",
      key("journald", "systemd-journal-upload"),
    ],
    ["auditd", "auditd", "Linux audit records", "linux audit audisp", port("syslog-tcp", "auditd")],
    ["osquery", "osquery", "what machines answer to questions", "osqueryd fleet", key("osquery", "osqueryd")],
    ["docker", "Docker", "output of containers", "containers log-driver", port("fluent", "Docker")],
    [
      "kubernetes",
      "Kubernetes",
      "output of pods, audit log",
      "k8s daemonset helm audit",
      port("fluent", "Fluent Bit"),
      "Fluent Bit runs as a DaemonSet and tails /var/log/containers/*.log; on the control plane add the file of --audit-log-path.",
    ],
    ["nginx", "nginx", "access and error log", "web proxy", port("syslog-udp", "nginx")],
    [
      "apache",
      "Apache HTTP Server",
      "access and error log",
      "web httpd",
      port("syslog-tcp", "rsyslog, from a file"),
      "Its files are /var/log/apache2/*.log (Debian) or /var/log/httpd/*_log.",
    ],
    ["haproxy", "HAProxy", "requests and connections", "load balancer proxy", port("syslog-udp", "HAProxy")],
    [
      "postgresql",
      "PostgreSQL, MySQL",
      "logs of a database",
      "mariadb database",
      port("syslog-tcp", "rsyslog, from a file"),
      "Their files are /var/log/postgresql/*.log and /var/log/mysql/error.log.",
    ],
  ],
  "Network and security": [
    ["wazuh", "Wazuh", "alerts of Wazuh 4 and 5", "ossec", key("wazuh", "Wazuh 4")],
    [
      "suricata",
      "Suricata",
      "alerts and flows (EVE)",
      "ids ips eve.json",
      port("syslog-tcp", "rsyslog, from a file"),
      "Its file is /var/log/suricata/eve.json.",
    ],
    [
      "zeek",
      "Zeek",
      "connections, DNS, HTTP, TLS, files, notices",
      "bro network ids",
      port("syslog-tcp", "rsyslog, from a file"),
      "Its files are /opt/zeek/logs/current/*.log, as TSV or JSON.",
    ],
    ["falco", "Falco", "alerts about containers and hosts", "falcosidekick sysdig ebpf", key("http", "Falcosidekick")],
    ["crowdsec", "CrowdSec", "decisions and alerts", "bouncer", key("http", "CrowdSec")],
    ["fortigate", "FortiGate", "traffic, events, threats", "fortinet firewall", port("syslog-tcp", "FortiGate")],
    [
      "palo-alto",
      "Palo Alto Networks",
      "traffic, threats, system",
      "firewall pan-os panorama",
      port("syslog-tcp", "Palo Alto"),
    ],
    ["cisco-asa", "Cisco ASA", "connections, VPN, admin", "firewall firepower", port("syslog-tcp", "Cisco ASA")],
    ["cisco-ios", "Cisco IOS", "routers and switches", "router switch", port("syslog-tcp", "Cisco IOS")],
    ["check-point", "Check Point", "traffic and threats", "firewall log exporter", port("syslog-tcp", "Check Point")],
    [
      "pfsense",
      "pfSense, OPNsense",
      "firewall, DHCP, VPN",
      "netgate firewall bsd",
      port("syslog-udp", "pfSense, OPNsense"),
    ],
    [
      "syslog-device",
      "Any device with syslog",
      "switches, printers, appliances",
      "udp router access point",
      port("syslog-udp", "rsyslog"),
      "Most devices ask for an address and a port only.",
    ],
  ],
  "Metrics, traces and alerts": [
    ["prometheus", "Prometheus", "metrics, by remote write", "remote_write", key("prometheus", "Prometheus")],
    [
      "alloy-metrics",
      "Grafana Alloy (metrics)",
      "metrics, by remote write",
      "grafana agent vmagent victoriametrics",
      key("prometheus", "Grafana Alloy"),
    ],
    [
      "exporter",
      "Exporters and /metrics pages",
      "metrics, asked by Holdfast",
      "node_exporter scrape scraping",
      fetched("scrape"),
    ],
    ["alertmanager", "Alertmanager", "alerts, until they are over", "prometheus", key("alertmanager", "Alertmanager")],
    [
      "prometheus-alerts",
      "Prometheus without Alertmanager",
      "alerts, until they are over",
      "alerting rules",
      key("alertmanager", "Prometheus"),
    ],
    [
      "otel-sdk",
      "OpenTelemetry SDK",
      "logs, metrics and traces of a program",
      "otlp tracing instrumentation",
      key("otlp", "OpenTelemetry SDK"),
    ],
  ],
  "Clouds and services": [
    ["github", "GitHub", "audit log of an organisation", "enterprise", fetched("github-audit")],
    ["okta", "Okta", "System Log", "identity sso", fetched("okta-system-log")],
    [
      "entra",
      "Microsoft Entra",
      "sign-ins and directory audit",
      "azure ad graph 365 office",
      fetched("microsoft-graph"),
    ],
    ["aws", "AWS CloudTrail", "calls of an AWS account, from S3", "amazon s3 minio", fetched("aws-cloudtrail")],
    ["google", "Google Workspace", "logins, administration, Drive", "gsuite gmail", fetched("google-workspace")],
  ],
  "Queues, files, own programs": [
    ["kafka", "Kafka", "messages of topics", "redpanda broker", fetched("kafka")],
    ["nats", "NATS JetStream", "messages of a stream", "broker", fetched("nats")],
    [
      "files",
      "Files: .evtx, logs, archives",
      "what is there already",
      "import windows event log zip tar gz",
      { way: "file" },
    ],
    ["http", "A program of your own", "JSON or lines over HTTP", "curl script json api webhook", key("http", "curl")],
    ["logger", "A shell script", "a line by logger", "bash cron test", port("syslog-tcp", "logger")],
  ],
};

export const SOURCE_PROGRAMS: readonly SourceProgram[] = PROGRAM_GROUPS.flatMap((group) =>
  ROWS[group].map(([id, name, about, words, by, note = ""]) => ({ id, name, about, group, words, note, by })),
);

/** Those in which every word is found; whose own name begins with the text come first. */
export function findPrograms(text: string): readonly SourceProgram[] {
  const wanted = text.trim().toLowerCase();
  const parts = wanted.split(/\s+/);
  const found = SOURCE_PROGRAMS.filter(({ id, name, about, words, group }) => {
    const all = `${id} ${name} ${about} ${words} ${group}`.toLowerCase();
    return parts.every((part) => all.includes(part));
  });
  const rank = ({ id, name }: SourceProgram): number =>
    [id, name.toLowerCase()].some((one) => one.startsWith(wanted)) ? 0 : name.toLowerCase().includes(wanted) ? 1 : 2;
  return wanted === "" ? found : found.toSorted((a, b) => rank(a) - rank(b));
}
