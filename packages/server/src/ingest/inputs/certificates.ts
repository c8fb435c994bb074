/** certificates: the PEM files that ports over TLS show, and the authorities of their clients. What is missing, or cannot be read, is said at
 *  the start, with the setting that asks for it. */
import { readFile } from "node:fs/promises";
import type { TlsOptions } from "node:tls";
import { ingestFail } from "../errors.ts";

/** What a TLS port shows, and by whose certificates its clients are known. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; undefined: clients need none. */
  readonly clients: string | undefined;
  /** What the files hold by now. */
  readonly again: () => Promise<Certificates>;
}

/** Paths of the files. */
export interface CertificateFiles {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly clients?: string | undefined;
}

/** @param setting that switches the port on
 *  @throws INGEST_CERTIFICATE */
export async function readCertificates(tls: CertificateFiles, setting: string): Promise<Certificates> {
  const { cert, key, clients } = tls;
  if (cert === undefined || key === undefined) {
    throw ingestFail(
      "INGEST_CERTIFICATE",
      `${setting} is switched on, but there is no certificate: set tls.cert and tls.key to its PEM files, or ${setting} to 0.`,
    );
  }
  return {
    cert: await pem(cert, "tls.cert"),
    key: await pem(key, "tls.key"),
    clients: clients === undefined ? undefined : await pem(clients, "tls.clients"),
    again: () => readCertificates(tls, setting),
  };
}

/** What a TLS server shows and asks for. */
export function demandOf({ cert, key, clients }: Certificates): TlsOptions {
  const demand = clients === undefined ? {} : { ca: clients, requestCert: true, rejectUnauthorized: true };
  return { cert, key, minVersion: "TLSv1.2", ...demand };
}

async function pem(path: string, setting: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw ingestFail("INGEST_CERTIFICATE", `The file of ${setting} cannot be read (${reason}).`);
  });
  if (text.includes("-----BEGIN ")) return text;
  throw ingestFail("INGEST_CERTIFICATE", `${setting} names ${path}, which is no PEM file.`);
}
