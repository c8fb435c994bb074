/** http-ports: the usual port of each protocol over HTTP, where it is switched on: there its clients find it without a path in front. */
import type { TlsOptions } from "node:tls";
import { demandOf, readCertificates, type CertificateFiles } from "./certificates.ts";

interface Switch {
  readonly port: number;
  readonly tls: { readonly port: number };
}

export interface HttpPortsConfig {
  readonly inputs: {
    readonly host: string;
    readonly elasticsearch: Switch;
    readonly splunk: Switch;
    readonly otlp: { readonly http: Switch };
    readonly loki: Switch;
    readonly gelf: { readonly http: Switch };
    readonly prometheus: Switch;
    readonly alertmanager: Switch;
    readonly journald: Switch;
  };
  readonly tls: CertificateFiles;
}

export interface ProtocolPort {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly setting: string;
  readonly tls: (() => Promise<TlsOptions>) | undefined;
  readonly pathOf: (asked: string) => string | undefined;
}

type PathOf = ProtocolPort["pathOf"];

/** What begins in one of these ways is answered as it is. */
const as =
  (...beginnings: readonly string[]): PathOf =>
  (asked) =>
    beginnings.some((one) => asked === one || asked.startsWith(`${one}/`)) ? asked : undefined;

/** Everything stands below a path of its own, which may be given or not. */
const below =
  (prefix: string): PathOf =>
  (asked) =>
    as(prefix)(asked) ?? (asked === "/" ? prefix : `${prefix}${asked}`);

const LOKI = as("/loki/api/v1");

/** Ports of 0 are off. */
export function protocolPorts({ inputs, tls }: HttpPortsConfig): ProtocolPort[] {
  const all: (readonly [name: string, setting: string, of: Switch, pathOf: PathOf])[] = [
    ["elasticsearch", "inputs.elasticsearch", inputs.elasticsearch, below("/elastic")],
    ["splunk-hec", "inputs.splunk", inputs.splunk, as("/services/collector")],
    ["otlp-http", "inputs.otlp.http", inputs.otlp.http, as("/v1", "/otlp/v1")],
    ["loki", "inputs.loki", inputs.loki, (asked) => (asked === "/ready" ? "/loki/ready" : LOKI(asked))],
    ["gelf-http", "inputs.gelf.http", inputs.gelf.http, as("/gelf")],
    ["prometheus", "inputs.prometheus", inputs.prometheus, as("/api/v1/write", "/prometheus/api/v1/write")],
    ["alertmanager", "inputs.alertmanager", inputs.alertmanager, below("/alertmanager")],
    ["journald", "inputs.journald", inputs.journald, below("/journal")],
  ];
  const { host } = inputs;
  return all.flatMap(([name, section, of, pathOf]): ProtocolPort[] => {
    const [plain, secure] = [`${section}.port`, `${section}.tls.port`];
    const demand = async (): Promise<TlsOptions> => demandOf(await readCertificates(tls, secure));
    return [
      { name, host, pathOf, port: of.port, setting: plain, tls: undefined },
      { name: `${name} over TLS`, host, pathOf, port: of.tls.port, setting: secure, tls: demand },
    ].filter(({ port }) => port > 0);
  });
}
