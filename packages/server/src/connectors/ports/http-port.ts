/** http-port: HTTP for connectors, text in and text out. */
import type { Ports } from "@holdfast/sdk";
import { failureOf } from "./failure.ts";
import type { PortOptions } from "./index.ts";

export function httpPort({ egress, caller }: PortOptions): Ports["http"] {
  return async (request) => {
    try {
      const { status, headers, body } = await egress.fetch({ ...request, headers: request.headers ?? {}, caller });
      return { ok: true, value: { status, headers, text: body.toString("utf8") } };
    } catch (error) {
      return failureOf(error, true);
    }
  };
}
