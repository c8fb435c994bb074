/** incident-endpoints: what of incidents goes as bytes: evidence in and out, and the report. Files of others go out as attachments
 *  of no type that a browser shows, whatever they say they are. */
import { EVIDENCE_FILE_PATH, EVIDENCE_UPLOAD_PATH, REPORT_PATH } from "@holdfast/contracts/evidence";
import type { RawEndpoint } from "./http/index.ts";
import { type Incidents, REPORT_CSS } from "./incidents/index.ts";
import type { CallContext } from "./platform/http-contract.ts";

export function incidentEndpoints(incidents: Incidents): RawEndpoint[] {
  const report = (form: "html" | "pdf"): RawEndpoint => ({
    method: "GET",
    path: `${REPORT_PATH}.${form}`,
    permission: "incidents.read",
    handle: async (request, reply) => {
      const id = idOf(request.params);
      const whole = await incidents.report(id, form);
      await reply
        .headers({
          "content-type": form === "pdf" ? "application/pdf" : "text/html; charset=utf-8",
          ...(form === "pdf" && { "content-disposition": attachment(`incident-${id}.pdf`) }),
          "cache-control": "no-store",
        })
        .send(whole);
      return undefined;
    },
  });
  return [
    report("html"),
    report("pdf"),
    {
      method: "GET",
      path: "/api/incident-report.css",
      permission: "incidents.read",
      handle: async () => ({ status: 200, headers: { "content-type": "text/css; charset=utf-8" }, body: REPORT_CSS }),
    },
    {
      method: "POST",
      path: EVIDENCE_UPLOAD_PATH,
      permission: "incidents.work",
      handle: async (request, _reply, call) => {
        const { name = "", description = "" } = request.query as { name?: string; description?: string };
        const piece = await incidents.upload(caller(call), {
          incidentId: idOf(request.params),
          name,
          description,
          bytes: request.raw,
        });
        return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(piece) };
      },
    },
    {
      method: "GET",
      path: EVIDENCE_FILE_PATH,
      permission: "incidents.read",
      handle: async (request, reply, call) => {
        const { name, bytes, sha256, stream } = await incidents.download(caller(call), idOf(request.params));
        await reply
          .headers({
            "content-type": "application/octet-stream",
            "content-length": String(bytes),
            "content-disposition": attachment(name),
            "cache-control": "no-store",
            digest: `sha-256=${Buffer.from(sha256, "hex").toString("base64")}`,
          })
          .send(stream);
        return undefined;
      },
    },
  ];
}

function caller(call: CallContext | null): CallContext {
  if (call === null) throw new Error("the endpoint has a permission, so there is a caller");
  return call;
}

const idOf = (params: unknown): string => (params as { id: string }).id;

/** RFC 6266: the plain name for old programs, the true one encoded. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w .-]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27")}`;
}
