/** routes: the HTTP operations of triage, each one call into the part that does it. */
import type { triageRoutes } from "@holdfast/contracts/triage";
import type { Handlers } from "../platform/http-contract.ts";
import { actOnAlerts, type ActionContext, commentAlert } from "./alert-actions.ts";
import { groupAlerts, listAlerts } from "./alert-list-store.ts";
import { alertDetail, type DetailContext, incidentDetail } from "./detail.ts";
import * as incidents from "./incident-actions.ts";
import { findIncident, listIncidents } from "./incident-list-store.ts";
import { splitIncident, unsplitIncident } from "./incident-split.ts";
import { severityOf } from "./severity.ts";

export function createRoutes(context: ActionContext & DetailContext): Handlers<typeof triageRoutes> {
  const { db } = context.tables;
  /** "INC-12" and "12" mean the incident with that number. */
  const incidentId = async (asked: string | undefined): Promise<string | undefined> =>
    asked === undefined || asked === "none" ? asked : ((await findIncident(db, asked))?.rootId ?? asked);
  return {
    listAlerts: async ({ query }, call) => {
      const { cursor, limit, sort, ...given } = query;
      const assignee = given.assignee === "me" ? call.actor.id : given.assignee;
      const filter = { ...given, assignee, incident: await incidentId(given.incident) };
      return listAlerts(db, { filter, sort, limit, cursor });
    },
    groupAlerts: async ({ query }, call) => {
      const { by, cursor: _cursor, limit: _limit, sort: _sort, ...given } = query;
      const assignee = given.assignee === "me" ? call.actor.id : given.assignee;
      const groups = await groupAlerts(db, { ...given, assignee, incident: await incidentId(given.incident) }, by);
      return { items: by === "severity" ? groups.map((group) => ({ ...group, ...named(group.key) })) : groups };
    },
    getAlert: ({ params }) => alertDetail(context, params.id),
    actOnAlerts: ({ body }, call) => actOnAlerts(context, call, body),
    commentAlert: ({ params, body }, call) => commentAlert(context, call, { id: params.id, text: body.text }),
    listIncidents: ({ query }) => {
      const { cursor, limit, sort, ...filter } = query;
      return listIncidents(db, { filter, sort, limit, cursor });
    },
    getIncident: ({ params }) => incidentDetail(context, params.id),
    createIncident: ({ body }, call) => incidents.createIncident(context, call, body),
    updateIncident: ({ params, body }, call) => incidents.updateIncident(context, call, { id: params.id, body }),
    addMembers: ({ params, body }, call) => incidents.addMembers(context, call, { id: params.id, ...body }),
    removeMember: ({ params }, call) => incidents.removeMember(context, call, params),
    mergeIncident: ({ params, body }, call) =>
      incidents.mergeIncident(context, call, { id: params.id, otherId: body.incidentId, reason: body.reason }),
    unmergeIncident: ({ params }, call) => incidents.unmergeIncident(context, call, params.id),
    splitIncident: ({ params, body }, call) => splitIncident(context, call, { id: params.id, ...body }),
    unsplitIncident: ({ params }, call) => unsplitIncident(context, call, params.id),
    commentIncident: ({ params, body }, call) =>
      incidents.commentIncident(context, call, { id: params.id, text: body.text }),
  };
}

function named(rank: string): { key: string; title: string } {
  const severity = severityOf(Number(rank));
  return { key: severity, title: severity };
}
