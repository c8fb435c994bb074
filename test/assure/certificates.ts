/** certificates: an authority, a server and a client certificate for 127.0.0.1, made by openssl in a folder of the test. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface CertificateFiles {
  readonly authority: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

export function makeCertificates(directory: string): CertificateFiles {
  const at = (name: string): string => join(directory, name);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = at("authority.pem");
  const authorityKey = at("authority.key");
  openssl(
    "req",
    "-x509",
    ...curve,
    "-keyout",
    authorityKey,
    "-out",
    authority,
    "-days",
    "2",
    "-subj",
    "/CN=Test authority",
  );
  for (const name of ["server", "client"]) {
    openssl(
      "req",
      "-new",
      ...curve,
      "-keyout",
      at(`${name}.key`),
      "-out",
      at(`${name}.csr`),
      "-subj",
      `/CN=${name}.test`,
    );
    writeFileSync(at(`${name}.ext`), `subjectAltName=IP:127.0.0.1,DNS:${name}.test\n`);
    sign(directory, name);
  }
  return {
    authority,
    serverCert: at("server.pem"),
    serverKey: at("server.key"),
    clientCert: at("client.pem"),
    clientKey: at("client.key"),
  };
}

/** Another certificate for the server, of the same authority and key, in the place of the first. */
export function renewServer(directory: string): void {
  sign(directory, "server");
}

function sign(directory: string, name: string): void {
  const at = (file: string): string => join(directory, file);
  const authority = ["-CA", at("authority.pem"), "-CAkey", at("authority.key"), "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    at(`${name}.csr`),
    "-out",
    at(`${name}.pem`),
    ...authority,
    "-days",
    "2",
    "-extfile",
    at(`${name}.ext`),
  );
}

function openssl(...parameters: string[]): void {
  const made = spawnSync("openssl", parameters, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`openssl ${parameters.join(" ")}: ${made.stderr}`);
}
