/** playbooks-wiring: gives playbooks what they may not import: the incident as expressions see it, its timeline and waits, the
 *  connectors, and respond, through which every action goes. */
import type { Connectors } from "./connectors/index.ts";
import type { Incidents } from "./incidents/index.ts";
import { createPlaybooks, type Playbooks, type PlaybooksOptions } from "./playbooks/index.ts";
import type { CallContext } from "./platform/http-contract.ts";
import { createCel } from "./platform/cel/index.ts";
import type { Respond } from "./respond/index.ts";
import type { Triage } from "./triage/index.ts";

type Given = Pick<
  PlaybooksOptions,
  "tables" | "clock" | "log" | "audit" | "workflows" | "shipped" | "shippedTriggers"
> & {
  readonly connectors: Pick<Connectors, "actions" | "list" | "plan">;
  readonly incidents: Pick<Incidents, "note" | "wait" | "waited">;
  readonly respond: Pick<Respond, "propose" | "cancel" | "onSettled" | "routes">;
  readonly triage: Pick<Triage, "incident" | "incidentDetail" | "routes">;
};

export function wirePlaybooks(given: Given): Playbooks {
  const { incidents, triage, respond, tables } = given;
  const playbooks = createPlaybooks({
    ...given,
    cel: createCel(),
    incident: async (asked) => {
      const facts = await triage.incident(tables.db, asked);
      if (facts === undefined) return undefined;
      const { entities, members, ...incident } = await triage.incidentDetail(facts.id);
      const alerts = members.map(({ alert }) => alert);
      const values = (kind: string): string[] => entities.flatMap((one) => (one.kind === kind ? [one.value] : []));
      return {
        id: incident.id,
        number: incident.number,
        title: incident.title,
        summary: incident.summary,
        severity: incident.severity,
        state: incident.state,
        tactics: incident.tactics,
        techniques: unique(alerts.flatMap(({ techniques }) => techniques)),
        rules: unique(alerts.map(({ title }) => title)),
        alerts: incident.alerts,
        signals: incident.signals,
        services: incident.services.map(({ name }) => name),
        hosts: incident.hosts,
        users: values("user"),
        ips: values("ip"),
        domains: values("domain"),
        files: values("file"),
        hashes: values("hash"),
        sources: values("source"),
      };
    },
    standing: async (asked) => {
      const facts = await triage.incident(tables.db, asked);
      if (facts === undefined) return undefined;
      const { id, family, exerciseId, state } = facts;
      return { id, family, exerciseId, open: state === "open" || state === "contained" };
    },
    newestIncidents: async (limit) => {
      const { items } = await triage.routes.listIncidents(
        { params: {}, query: { limit, sort: "newest" }, body: {} },
        NOBODY,
      );
      return items.map(({ id, number, title }) => ({ id, number, title }));
    },
    impactOf: async (call, context) =>
      (await respond.routes.previewEffect({ params: {}, query: {}, body: call }, context)).impact,
    note: (tx, note) => incidents.note(tx, note),
    wait: (tx, wait) => incidents.wait(tx, wait),
    waited: (tx, done) => incidents.waited(tx, done),
  });
  respond.onSettled((effect) => playbooks.settled(effect));
  return playbooks;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** For reads that playbooks make for themselves. */
const NOBODY: CallContext = {
  actor: { kind: "system", id: "playbooks", name: "playbooks" },
  role: "viewer",
  team: "security",
  permissions: new Set<never>(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};
