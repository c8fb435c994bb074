/** http-ports-wiring: on which ports beside its own the HTTP server answers: all of it over TLS, and each protocol on its usual one. */
import type { HttpPort } from "./http/index.ts";
import { demandOf, protocolPorts, readCertificates, type HttpPortsConfig } from "./ingest/index.ts";
import type { Config } from "./platform/config/index.ts";

export function httpPorts({ http, inputs, tls }: Pick<Config, "http" | "tls"> & HttpPortsConfig): HttpPort[] {
  const { port, host = http.host } = http.tls;
  // People come here by their browsers: no certificate is asked of them.
  const show = async () => demandOf({ ...(await readCertificates(tls, "http.tls.port")), clients: undefined });
  const all = { name: "https", host, port, setting: "http.tls.port", tls: show, pathOf: undefined };
  return [...(port > 0 ? [all] : []), ...protocolPorts({ inputs, tls })];
}
