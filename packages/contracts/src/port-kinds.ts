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
        {
          name: "rsyslog, from a file",
          where: `${conf}; put the file in that should be read`,
          lines: `module(load="imfile")\ninput(type="imfile" File="/var/log/app/*.log" Tag="app:" addMetadata="off")\n*.* action(type="omfwd" ${target} protocol="tcp"\n  TCP_Framing="octet-counted" ${NEW_FORMAT}\n  ${QUEUE})`,
        },
        {
          name: "auditd",
          where: `/etc/audit/plugins.d/syslog.conf (Debian: package auditd; elsewhere audispd-plugins), and ${conf}`,
          lines: `# /etc/audit/plugins.d/syslog.conf\nactive = yes\ndirection = out\npath = /sbin/audisp-syslog\ntype = always\nargs = LOG_INFO\nformat = string\n\n# ${conf}\n*.* action(type="omfwd" ${target} protocol="tcp"\n  TCP_Framing="octet-counted" ${NEW_FORMAT}\n  ${QUEUE})`,
        },
        {
          name: "syslog-ng",
          where: "/etc/syslog-ng/conf.d/holdfast.conf; s_src is the source of Debian's syslog-ng.conf",
          lines: `destination d_holdfast {\n  syslog("${host}" port(${port}) transport("tcp")\n    disk-buffer(disk-buf-size(1073741824) reliable(yes)));\n};\nlog { source(s_src); destination(d_holdfast); };`,
        },
        {
          name: "NXLog",
          where: "nxlog.conf",
          lines: `<Extension json>\n  Module xm_json\n</Extension>\n<Extension syslog>\n  Module xm_syslog\n</Extension>\n<Input events>\n  Module im_msvistalog\n</Input>\n<Output holdfast>\n  Module om_tcp\n  Host ${host}\n  Port ${port}\n  Exec $Message = to_json(); to_syslog_bsd();\n</Output>\n<Route all>\n  Path events => holdfast\n</Route>`,
        },
        {
          name: "Splunk forwarder",
          where: "outputs.conf of a universal or heavy forwarder; add the group to those that stand in defaultGroup",
          lines: `[tcpout]\ndefaultGroup = holdfast\n\n[tcpout:holdfast]\nserver = ${host}:${port}\nsendCookedData = false`,
        },
        {
          name: "FortiGate",
          where: "its command line",
          lines: `config log syslogd setting\n  set status enable\n  set server "${host}"\n  set port ${port}\n  set mode reliable\n  set format default\nend`,
        },
        {
          name: "Palo Alto",
          where:
            "its command line, in configure; then name the profile in a log forwarding profile and under Log Settings",
          lines: `set shared log-settings syslog holdfast server holdfast server ${host} transport TCP port ${port} format IETF facility LOG_USER\ncommit`,
        },
        {
          name: "Cisco ASA",
          where:
            "its command line, in configure terminal; without permit-hostdown no new connections pass while Holdfast is away",
          lines: `logging enable\nlogging timestamp rfc5424\nlogging trap informational\nlogging host inside ${host} tcp/${port}\nlogging permit-hostdown`,
        },
        {
          name: "Cisco IOS",
          where: "its command line, in configure terminal",
          lines: `service timestamps log datetime msec year show-timezone\nlogging trap informational\nlogging host ${host} transport tcp port ${port}`,
        },
        {
          name: "Check Point",
          where: "the expert shell of the management or log server",
          lines: `cp_log_export add name holdfast target-server ${host} target-port ${port} protocol tcp format syslog\ncp_log_export restart name holdfast`,
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
        {
          name: "nginx",
          where: "nginx.conf, in http or server",
          lines: `access_log syslog:server=${host}:${port},tag=nginx combined;\nerror_log syslog:server=${host}:${port},tag=nginx_error;`,
        },
        {
          name: "HAProxy",
          where: "haproxy.cfg",
          lines: `global\n  log ${host}:${port} format rfc5424 local0\ndefaults\n  log global\n  option httplog`,
        },
        {
          name: "pfSense, OPNsense",
          where:
            "Status, System Logs, Settings, Remote Logging (pfSense); System, Settings, Logging, Remote (OPNsense)",
          lines: `${host}:${port}`,
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
        {
          name: "Graylog",
          where: "System, Outputs: a GELF Output with these values, then assigned to a stream",
          lines: `Destination host: ${host}\nDestination port: ${port}\nProtocol: TCP`,
        },
      ];
  }
}
