/** port-kinds: the inputs on ports of their own that know no keys: the setting that opens each, its usual port, and the exact lines of
 *  configuration for who sends to it. The page and the command line show the same. */
import type { PortKind } from "./ingest.ts";
import type { SourceClient } from "./source-kinds.ts";

export interface PortKindGuide {
  readonly kind: PortKind;
  readonly title: string;
  readonly senders: string;
  readonly setting: string;
  readonly port: number;
}

export const PORT_KIND_GUIDES: readonly PortKindGuide[] = [
  {
    kind: "syslog-tcp",
    title: "Syslog over TCP",
    senders: "rsyslog, syslog-ng, devices",
    setting: "syslog.tcp.port",
    port: 5514,
  },
  {
    kind: "syslog-udp",
    title: "Syslog over UDP",
    senders: "devices that know nothing else",
    setting: "syslog.udp.port",
    port: 5514,
  },
  {
    kind: "syslog-tls",
    title: "Syslog over TLS",
    senders: "rsyslog, syslog-ng, firewalls; with certificates of their own, if wanted",
    setting: "syslog.tls.port",
    port: 6514,
  },
  {
    kind: "syslog-relp",
    title: "Syslog by RELP",
    senders: "rsyslog, acknowledged message by message",
    setting: "syslog.relp.port",
    port: 2514,
  },
  {
    kind: "fluent",
    title: "Fluent forward",
    senders: "Fluentd, Fluent Bit, Docker, Fluent's loggers",
    setting: "inputs.fluent.port",
    port: 24_224,
  },
  {
    kind: "gelf-udp",
    title: "GELF over UDP",
    senders: "Docker, Graylog's clients",
    setting: "inputs.gelf.udp.port",
    port: 12_201,
  },
  {
    kind: "gelf-tcp",
    title: "GELF over TCP",
    senders: "Graylog's clients",
    setting: "inputs.gelf.tcp.port",
    port: 12_201,
  },
];

const QUEUE =
  'queue.type="LinkedList" queue.filename="holdfast" queue.maxDiskSpace="1g"\n  queue.saveOnShutdown="on" action.resumeRetryCount="-1"';
const NEW_FORMAT = 'template="RSYSLOG_SyslogProtocol23Format"';

/** The first is the most usual. */
export function portClients(kind: PortKind, at: { readonly host: string; readonly port: number }): SourceClient[] {
  const { host, port } = at;
  const target = `target="${host}" port="${port}"`;
  const conf = "/etc/rsyslog.d/60-holdfast.conf";
  switch (kind) {
    case "syslog-tcp":
      return [
        {
          name: "rsyslog",
          where: conf,
          lines: `*.* action(type="omfwd" ${target} protocol="tcp"\n  TCP_Framing="octet-counted" ${NEW_FORMAT}\n  ${QUEUE})`,
        },
        {
          name: "logger",
          where: "in a shell",
          lines: `logger --tcp --server ${host} --port ${port} --rfc5424 "a first message"`,
        },
      ];
    case "syslog-udp":
      return [
        { name: "rsyslog", where: conf, lines: `*.* action(type="omfwd" ${target} protocol="udp" ${NEW_FORMAT})` },
        {
          name: "logger",
          where: "in a shell",
          lines: `logger --udp --server ${host} --port ${port} --rfc5424 "a first message"`,
        },
      ];
    case "syslog-tls":
      return [
        {
          name: "rsyslog",
          where: `${conf}; needs the package rsyslog-openssl`,
          lines: `global(DefaultNetstreamDriverCAFile="/etc/rsyslog.d/authority.pem"\n  DefaultNetstreamDriverCertFile="/etc/rsyslog.d/this-host.pem"\n  DefaultNetstreamDriverKeyFile="/etc/rsyslog.d/this-host.key")\n*.* action(type="omfwd" ${target} protocol="tcp"\n  TCP_Framing="octet-counted" ${NEW_FORMAT}\n  StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="${host}"\n  ${QUEUE})`,
        },
        {
          name: "syslog-ng",
          where: "syslog-ng.conf",
          lines: `destination d_holdfast {\n  syslog("${host}" port(${port}) transport("tls")\n    tls(ca-file("/etc/syslog-ng/authority.pem") cert-file("/etc/syslog-ng/this-host.pem") key-file("/etc/syslog-ng/this-host.key")));\n};`,
        },
      ];
    case "syslog-relp":
      return [
        {
          name: "rsyslog",
          where: `${conf}; needs the package rsyslog-relp`,
          lines: `module(load="omrelp")\n*.* action(type="omrelp" ${target} ${NEW_FORMAT}\n  ${QUEUE})`,
        },
      ];
    case "fluent":
      return [
        {
          name: "Fluent Bit",
          where: "fluent-bit.yaml",
          lines: `pipeline:\n  outputs:\n    - name: forward\n      match: "*"\n      host: ${host}\n      port: ${port}\n      require_ack_response: true`,
        },
        {
          name: "Fluentd",
          where: "fluent.conf",
          lines: `<match **>\n  @type forward\n  require_ack_response true\n  <server>\n    host ${host}\n    port ${port}\n  </server>\n  <buffer>\n    chunk_limit_size 16m\n  </buffer>\n</match>`,
        },
        {
          name: "Docker",
          where: "/etc/docker/daemon.json",
          lines: `{\n  "log-driver": "fluentd",\n  "log-opts": { "fluentd-address": "${host}:${port}", "fluentd-async": "true" }\n}`,
        },
      ];
    case "gelf-udp":
      return [
        {
          name: "Docker",
          where: "/etc/docker/daemon.json",
          lines: `{\n  "log-driver": "gelf",\n  "log-opts": { "gelf-address": "udp://${host}:${port}" }\n}`,
        },
      ];
    case "gelf-tcp":
      return [
        {
          name: "Docker",
          where: "/etc/docker/daemon.json",
          lines: `{\n  "log-driver": "gelf",\n  "log-opts": { "gelf-address": "tcp://${host}:${port}" }\n}`,
        },
      ];
  }
}
