/** routes: the HTTP operations of the joint work, each one call into the part that does it. */
import type { incidentRoutes } from "@holdfast/contracts/incidents";
import type { Handlers } from "../platform/http-contract.ts";
import type { WorkContext } from "./context.ts";
import { linkIncident, unlinkIncident } from "./links.ts";
import { endWait, startWait } from "./manual-waits.ts";
import { markRead } from "./mention-store.ts";
import { decide, writeNote } from "./people-notes.ts";
import { saveReview } from "./review.ts";
import { setRole } from "./roles.ts";
import { TASK_TEMPLATES } from "./task-templates.ts";
import { addTask, addTasks, tasksAcross, updateTask } from "./tasks.ts";
import { mentionsFor, workOf } from "./work.ts";

export function createRoutes(context: WorkContext): Handlers<typeof incidentRoutes> {
  return {
    getWork: ({ params }) => workOf(context, params.id),
    writeNote: ({ params, body }, call) => writeNote(context, call, { incidentId: params.id, text: body.text }),
    decide: ({ params, body }, call) => decide(context, call, { incidentId: params.id, ...body }),
    setRole: ({ params, body }, call) =>
      setRole(context, call, { incidentId: params.id, role: params.role, person: body.person }),
    startWait: ({ params, body }, call) => startWait(context, call, { incidentId: params.id, ...body }),
    endWait: ({ params, body }, call) => endWait(context, call, { incidentId: params.id, key: body.key }),
    addTask: ({ params, body }, call) => addTask(context, call, { incidentId: params.id, body }),
    addTasks: ({ params, body }, call) => addTasks(context, call, { incidentId: params.id, template: body.template }),
    updateTask: ({ params, body }, call) => updateTask(context, call, { id: params.id, body }),
    listTasks: ({ query }, call) => {
      const { kind, owner, team, state, exercise, limit, cursor } = query;
      const ownerId = owner === "me" ? call.actor.id : owner;
      return tasksAcross(context, { filter: { kind, ownerId, team, state, exercise }, limit, cursor });
    },
    listTaskTemplates: async () => ({
      items: TASK_TEMPLATES.map((template) => ({ ...template, tasks: [...template.tasks] })),
    }),
    linkIncident: ({ params, body }, call) =>
      linkIncident(context, call, { id: params.id, otherId: body.incidentId, kind: body.kind, reason: body.reason }),
    unlinkIncident: ({ params }, call) => unlinkIncident(context, call, params),
    saveReview: ({ params, body }, call) => saveReview(context, call, { incidentId: params.id, ...body }),
    listMentions: ({ query }, call) =>
      mentionsFor(context, {
        personId: call.actor.id,
        unread: query.unread === "true",
        limit: query.limit,
        cursor: query.cursor,
      }),
    readMentions: async ({ body }, call) => ({
      changed: await markRead(context.tables.db, {
        personId: call.actor.id,
        noteIds: body.noteIds,
        at: context.clock.now(),
      }),
    }),
  };
}
