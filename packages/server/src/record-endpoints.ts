/** record-endpoints: records on their way in, in every protocol over HTTP, and on their way past, as the live tail: bodies and streams that
 *  no schema describes. */
import { IMPORT_RECORDS_PATH, INGEST_EVENTS_PATH } from "@holdfast/contracts/ingest";
import { TAIL_PATH } from "@holdfast/contracts/search";
import type { createAccess } from "./access/index.ts";
import type { Signal } from "./detect/index.ts";
import type { RawEndpoint } from "./http/index.ts";
import type { createIngest } from "./ingest/index.ts";
import type { createSearch } from "./search/index.ts";

export function recordEndpoints({ access, ingest, search }: Areas): RawEndpoint[] {
  return [
    {
      method: "POST",
      path: INGEST_EVENTS_PATH,
      permission: "source-key",
      handle: (request) =>
        ingest.handleIngest(request.raw, {
          ip: request.ip,
          permissionsOf: async (bearer) => (await access.authenticate({ bearer, cookie: undefined }))?.permissions,
        }),
    },
    ...ingest.protocols.flatMap(({ methods, paths, handle }) =>
      methods.flatMap((method) =>
        paths.map(
          (path): RawEndpoint => ({
            method,
            path,
            permission: "source-key",
            handle: ({ raw, ip }) => {
              const { pathname, searchParams } = new URL(raw.url ?? "/", "http://ingest.invalid");
              return handle({ request: raw, method: raw.method ?? method, path: pathname, query: searchParams, ip });
            },
          }),
        ),
      ),
    ),
    {
      method: "POST",
      path: IMPORT_RECORDS_PATH,
      permission: "ingest.write",
      handle: (request) => {
        const { id, fileId } = request.params as { id: string; fileId: string };
        return ingest.handleImportRecords(request.raw, { runId: id, fileId });
      },
    },
    {
      method: "GET",
      path: TAIL_PATH,
      permission: "events.read",
      handle: async (request, reply) => {
        const { query } = request.query as { query?: unknown };
        search.tail.follow(typeof query === "string" ? query.slice(0, 10_000) : "", reply.hijack().raw);
        return undefined;
      },
    },
  ];
}

interface Areas {
  readonly access: ReturnType<typeof createAccess>;
  readonly ingest: ReturnType<typeof createIngest<Signal>>;
  readonly search: ReturnType<typeof createSearch>;
}
