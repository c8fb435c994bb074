/** certificate-renewal: a port over TLS shows a renewed certificate without a restart. What cannot be used leaves the old one in place. */
import type { TlsOptions } from "node:tls";
import type { Log } from "./log/index.ts";

/** A certificate of an authority is renewed every few weeks; whoever does it wants to see soon that it worked. */
const EVERY_MS = 5_000;

/** Until the server closes.
 *  @param of `shown`: what it was opened with; `read`: what the files say now */
export function renewCertificates(
  server: { setSecureContext(options: TlsOptions): void; once(event: "close", listener: () => void): unknown },
  of: {
    readonly shown: TlsOptions;
    readonly read: () => Promise<TlsOptions>;
    readonly setting: string;
    readonly log: Log;
  },
): void {
  const { setting, log } = of;
  let shown = textOf(of.shown);
  let complaint = "";
  const look = async (): Promise<void> => {
    try {
      const options = await of.read();
      const text = textOf(options);
      if (text === shown) return;
      server.setSecureContext(options);
      shown = text;
      complaint = "";
      log.info({ setting }, "a renewed certificate is shown from now on");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== complaint)
        log.error({ setting, reason }, "the renewed certificate cannot be used; the old one stays");
      complaint = reason;
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS).unref();
  server.once("close", () => clearInterval(timer));
}

const textOf = ({ cert, key, ca }: TlsOptions): string => JSON.stringify([cert, key, ca]);
