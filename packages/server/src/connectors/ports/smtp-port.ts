/** smtp-port: one mail to one server, by a socket that egress opened. Content cannot make nodemailer read files or fetch addresses:
 *  both are off, and a mail has text and HTML only. */
import type { Mail, Ports } from "@holdfast/sdk";
import { createTransport, type SMTPTransportOptions } from "nodemailer";
import { failureOf } from "./failure.ts";
import type { PortOptions } from "./index.ts";

const TIMEOUT_MS = 15_000;

export function smtpPort({ egress, caller }: PortOptions): Ports["smtp"] {
  return async (mail) => {
    let sending = false;
    try {
      const tls = mail.security === "tls" ? { servername: mail.host, ca: mail.ca } : undefined;
      const socket = await egress.connect({
        caller,
        host: mail.host,
        port: mail.port,
        ...(tls === undefined ? {} : { tls }),
      });
      const options: SMTPTransportOptions = {
        host: mail.host,
        port: mail.port,
        secure: mail.security === "tls",
        requireTLS: mail.security === "starttls",
        ignoreTLS: mail.security === "none",
        getSocket: (_options, done) => done(null, { connection: socket, secured: mail.security === "tls" }),
        tls: { servername: mail.host, ...(mail.ca === undefined ? {} : { ca: mail.ca }) },
        ...authOf(mail),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      };
      const transport = createTransport(options);
      try {
        if (mail.checkOnly === true) {
          await transport.verify();
          return { ok: true, value: { answer: "the server accepts us" } };
        }
        sending = true;
        const { response } = await transport.sendMail({
          from: mail.from,
          to: [...mail.to],
          subject: mail.subject,
          text: mail.text,
          ...(mail.html === undefined ? {} : { html: mail.html }),
          messageId: mail.messageId,
          headers: { "Auto-Submitted": "auto-generated" },
        });
        return { ok: true, value: { answer: response } };
      } finally {
        transport.close();
        socket.destroy();
      }
    } catch (error) {
      // The server's own "no" is certain, whenever it comes.
      const code = answerCode(error);
      if (code === undefined) return failureOf(error, sending && !beforeTheMail(error));
      return {
        ok: false,
        acted: "no",
        retryable: code < 500,
        reason: error instanceof Error ? error.message : String(error),
      };
    }
  };
}

function authOf({ security, user, password }: Mail) {
  if (security === "none" || user === undefined || user === "") return {};
  return { auth: { user, pass: password ?? "" } };
}

/** Trust is settled before anything is handed over, so that what fails there did not happen. */
function beforeTheMail(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, originalCode } = error as { code?: unknown; originalCode?: unknown };
  return NO_TRUST.has(String(originalCode ?? code));
}

const NO_TRUST = new Set([
  "ETLS",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
]);

function answerCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("responseCode" in error)) return undefined;
  return typeof error.responseCode === "number" ? error.responseCode : undefined;
}
