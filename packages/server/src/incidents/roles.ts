/** roles: who leads what in an incident. Each change is told on the timeline. */
import type { IncidentRole, Work } from "@holdfast/contracts/incidents";
import { type Caller, change, personNamed } from "./change.ts";
import type { WorkContext } from "./context.ts";
import { insertRole, readRoles, removeRole } from "./role-store.ts";
import { handOver } from "./wait.ts";

export const ROLE_NAMES: Readonly<Record<IncidentRole, string>> = {
  commander: "Commander",
  "security-lead": "Security lead",
  "operations-lead": "Operations lead",
  communications: "Communications",
  scribe: "Scribe",
};

export async function setRole(
  context: WorkContext,
  caller: Caller,
  asked: { readonly incidentId: string; readonly role: IncidentRole; readonly person: string | null },
): Promise<Work["roles"][number] | null> {
  const { role } = asked;
  const person = await personNamed(context, asked.person);
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.role.set" }, async (work) => {
    const { tx, now, incident } = work;
    const before = (await readRoles(tx, incident.family)).find((held) => held.role === role);
    const details = { role, person: person?.name ?? null };
    if (before?.person.id === person?.id) {
      const same =
        before === undefined ? null : { ...before, person: { ...before.person, team: person?.team ?? null } };
      return { answer: same, details };
    }
    await removeRole(tx, incident.family, role);
    if (person !== null) await insertRole(tx, { incidentId: incident.id, role, person, now });
    const title = person === null ? `${ROLE_NAMES[role]}: nobody any more` : `${ROLE_NAMES[role]}: ${person.name}`;
    await work.note({ kind: "role", title });
    if (role === "security-lead" || role === "operations-lead") {
      const team = role === "security-lead" ? "security" : "operations";
      await handOver(context, tx, { incidentIds: incident.family, team });
    }
    return { answer: person === null ? null : { role, person, since: new Date(now).toISOString() }, details };
  });
}
