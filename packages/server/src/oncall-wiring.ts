/** oncall-wiring: gives on-call what it may not import, and its answers from channels a place in the HTTP server. */
import type { Config } from "./platform/config/index.ts";
import type { Connectors } from "./connectors/index.ts";
import type { createEstate } from "./estate/index.ts";
import type { RawEndpoint } from "./http/index.ts";
import type { Incidents } from "./incidents/index.ts";
import { ANSWER_PATH, createOncall, type Oncall, type OncallOptions } from "./oncall/index.ts";
import type { Playbooks } from "./playbooks/index.ts";
import type { Triage, TriageOptions } from "./triage/index.ts";

type Given = Pick<OncallOptions, "tables" | "clock" | "log" | "audit" | "workflows" | "sealer" | "people"> & {
  readonly triage: Pick<Triage, "incident">;
  readonly incidents: Pick<Incidents, "note">;
  readonly connectors: Pick<Connectors, "list" | "deliver">;
  readonly estate: Pick<ReturnType<typeof createEstate>, "services">;
  readonly config: Pick<Config, "http">;
};

/** Connector kind -> how on-call names the channel. */
const CHANNELS = { smtp: "email", slack: "slack", teams: "teams", pagerduty: "pagerduty", webhook: "webhook" } as const;
const MOST_BYTES = 64 * 1024;

export function wireOncall(given: Given): Oncall {
  const { triage, incidents, connectors, estate, config } = given;
  return createOncall({
    ...given,
    incidentOf: async (executor, asked) => {
      const found = await triage.incident(executor, asked);
      if (found === undefined) return undefined;
      return {
        ...found,
        openedAt: Date.parse(found.openedAt),
        waitsFor: found.waitingFor?.team ?? null,
        exerciseId: exerciseOf(found),
      };
    },
    servicesOf: async (ids) => (await estate.services()).filter(({ id }) => ids.includes(id)),
    note: (tx, note) => incidents.note(tx, { ...note, lane: "system", kind: "page" }),
    channels: async () =>
      (await connectors.list()).flatMap(({ id, kind, name, enabled }) =>
        enabled && isChannel(kind) ? [{ id, name, kind: CHANNELS[kind] }] : [],
      ),
    deliver: (message) => connectors.deliver(message),
    address: () => config.http.url ?? `http://${config.http.host}:${config.http.port}`,
  });
}

/** Who hears of incidents inside the transaction that changes them. On-call comes last, and with what the others wrote: an incident
 *  that is on disk is being paged for, whatever dies right after the commit. */
export function incidentListeners(
  of: () => {
    readonly incidents: Pick<Incidents, "onIncident">;
    readonly oncall: Pick<Oncall, "incidentChanged">;
    readonly playbooks: { readonly triggers: Pick<Playbooks["triggers"], "touched"> };
  },
): NonNullable<TriageOptions["onIncident"]> {
  return [
    (tx, change) => of().incidents.onIncident(tx, change),
    (tx, { incidentId }) => of().oncall.incidentChanged(tx, incidentId),
    { touched: (tx, ids) => of().playbooks.triggers.touched(tx, ids) },
  ];
}

export function oncallEndpoints({ answers }: Oncall): RawEndpoint[] {
  const secretIn = (params: unknown): string => (params as { secret: string }).secret;
  const signed = (path: string, take: Oncall["answers"]["slack"]): RawEndpoint => ({
    method: "POST",
    path,
    permission: "source-key",
    handle: async (request) => {
      const body = await bodyOf(request.raw);
      if (body === undefined) return { status: 413, headers: { connection: "close" }, body: "" };
      return take(request.headers, body);
    },
  });
  return [
    {
      method: "GET",
      path: `${ANSWER_PATH}:secret`,
      permission: "source-key",
      handle: (request) => answers.show(secretIn(request.params)),
    },
    {
      method: "POST",
      path: `${ANSWER_PATH}:secret`,
      permission: "source-key",
      handle: (request) => answers.press(secretIn(request.params)),
    },
    signed("/api/oncall/answers/slack", answers.slack),
    signed("/api/oncall/answers/pagerduty", answers.pagerduty),
  ];
}

function isChannel(kind: string): kind is keyof typeof CHANNELS {
  return Object.hasOwn(CHANNELS, kind);
}

/** Incidents of exercises carry the exercise; others do not. */
function exerciseOf(incident: object): string | null {
  return "exerciseId" in incident && typeof incident.exerciseId === "string" ? incident.exerciseId : null;
}

async function bodyOf(stream: AsyncIterable<unknown>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
