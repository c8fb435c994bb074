/** open: opens the inputs that the configuration switches on, each on its own port with a source of its own. A certificate that is
 *  needed and missing, or that cannot be read, is said at the start. */
import type { SourceKind } from "@holdfast/contracts/ingest";
import type { Clock } from "../../platform/clock/index.ts";
import type { Log } from "../../platform/log/index.ts";
import type { Intake } from "../intake.ts";
import type { Manners } from "../protocols/endpoints.ts";
import type { ProtocolDoor } from "../protocols/protocol.ts";
import type { BodyBudget } from "../request-body.ts";
import type { SourceRegistry } from "../source-registry.ts";
import { listenSyslogTcp } from "../syslog-tcp.ts";
import { listenSyslogUdp } from "../syslog-udp.ts";
import { type Certificates, type CertificateFiles, readCertificates } from "./certificates.ts";
import { listenFluent } from "./fluent.ts";
import { listenGelfTcp } from "./gelf-tcp.ts";
import { listenGelfUdp } from "./gelf-udp.ts";
import type { Input } from "./listener.ts";
import { listenOtlpGrpc } from "./otlp-grpc.ts";
import { listenRelp } from "./relp.ts";

/** Ports of 0 are off. */
export interface InputsConfig {
  readonly syslog: {
    readonly host: string;
    readonly udp: { readonly port: number };
    readonly tcp: { readonly port: number };
    readonly tls: { readonly port: number };
    readonly relp: { readonly port: number; readonly tls: { readonly port: number } };
  };
  readonly inputs: {
    readonly host: string;
    readonly gelf: { readonly udp: { readonly port: number }; readonly tcp: { readonly port: number } };
    readonly fluent: {
      readonly port: number;
      readonly tls: { readonly port: number };
      readonly key?: string | undefined;
    };
    readonly otlp: { readonly port: number; readonly tls: { readonly port: number } };
  } & Manners;
  readonly tls: CertificateFiles;
}

export interface InputParts {
  readonly config: InputsConfig;
  readonly recordBytes: number;
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly door: ProtocolDoor;
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenInput extends Input {
  /** What it speaks; for an input without keys also the id of its source. */
  readonly name: InputName;
}

export type InputName =
  | "syslog-udp"
  | "syslog-tcp"
  | "syslog-tls"
  | "syslog-relp"
  | "syslog-relp over TLS"
  | "gelf-udp"
  | "gelf-tcp"
  | "fluent"
  | "fluent over TLS"
  | "otlp-grpc"
  | "otlp-grpc over TLS";

/** The sources that an input without keys sends to, by what is switched on. */
export function sourcesOfInputs({ syslog, inputs }: InputsConfig): { id: string; kind: SourceKind; name: string }[] {
  const all: (readonly [number, SourceKind, string])[] = [
    [syslog.tls.port, "syslog-tls", "Syslog over TLS"],
    [syslog.relp.port + syslog.relp.tls.port, "syslog-relp", "Syslog by RELP"],
    [inputs.gelf.udp.port, "gelf-udp", "GELF over UDP"],
    [inputs.gelf.tcp.port, "gelf-tcp", "GELF over TCP"],
    [inputs.fluent.port + inputs.fluent.tls.port, "fluent", "Fluent forward"],
  ];
  return all.flatMap(([port, kind, name]) => (port > 0 ? [{ id: kind, kind, name }] : []));
}

/** All or none: when one cannot be opened, those before it are closed again. */
export async function openInputs(parts: InputParts): Promise<OpenInput[]> {
  const { syslog, inputs } = parts.config;
  const opened: OpenInput[] = [];
  let certificates: Promise<Certificates> | undefined;
  const tlsFor = (setting: string): Promise<Certificates> =>
    (certificates ??= readCertificates(parts.config.tls, setting));
  const at = (port: number) => ({ ...parts, host: syslog.host, port });
  const on = (port: number) => ({ ...parts, host: inputs.host, port });
  const wanted: (readonly [InputName, number, (port: number) => Promise<Input>])[] = [
    ["syslog-udp", syslog.udp.port, (port) => listenSyslogUdp(at(port))],
    ["syslog-tcp", syslog.tcp.port, (port) => listenSyslogTcp(at(port))],
    [
      "syslog-tls",
      syslog.tls.port,
      async (port) => listenSyslogTcp({ ...at(port), tls: await tlsFor("syslog.tls.port") }),
    ],
    ["syslog-relp", syslog.relp.port, (port) => listenRelp(at(port))],
    [
      "syslog-relp over TLS",
      syslog.relp.tls.port,
      async (port) => listenRelp({ ...at(port), tls: await tlsFor("syslog.relp.tls.port") }),
    ],
    ["gelf-udp", inputs.gelf.udp.port, (port) => listenGelfUdp(on(port))],
    ["gelf-tcp", inputs.gelf.tcp.port, (port) => listenGelfTcp(on(port))],
    ["fluent", inputs.fluent.port, (port) => listenFluent({ ...on(port), sharedKey: inputs.fluent.key })],
    [
      "fluent over TLS",
      inputs.fluent.tls.port,
      async (port) =>
        listenFluent({ ...on(port), sharedKey: inputs.fluent.key, tls: await tlsFor("inputs.fluent.tls.port") }),
    ],
    ["otlp-grpc", inputs.otlp.port, (port) => listenOtlpGrpc(on(port))],
    [
      "otlp-grpc over TLS",
      inputs.otlp.tls.port,
      async (port) => listenOtlpGrpc({ ...on(port), tls: await tlsFor("inputs.otlp.tls.port") }),
    ],
  ];
  try {
    for (const [name, port, listen] of wanted) {
      if (port === 0) continue;
      const { address, close } = await listen(port);
      opened.push({ name, address, close });
    }
  } catch (error) {
    await Promise.all(opened.map(({ close }) => close()));
    throw error;
  }
  return opened;
}
