/** role-store: who holds which role of an incident. */
import { sql } from "drizzle-orm";
import { incidentRole, type IncidentRole } from "@holdfast/contracts/incidents";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface HeldRole {
  readonly role: IncidentRole;
  readonly person: { readonly id: string; readonly name: string };
  readonly since: string;
}

/** Where an incident was merged in, its own roles stand behind those of the one it was merged into. */
export async function readRoles(executor: Executor, family: readonly string[]): Promise<HeldRole[]> {
  const found = await executor.execute<RoleRow>(sql`
    select distinct on (role) role, person_id, person_name, since from incident_role
    where incident_id = any(${sql.param(family)}::text[])
    order by role, array_position(${sql.param(family)}::text[], incident_id)`);
  return found.rows
    .map((row) => ({
      role: row.role,
      person: { id: row.person_id, name: row.person_name },
      since: new Date(Number(row.since)).toISOString(),
    }))
    .sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
}

const ORDER: readonly string[] = incidentRole.options;

type RoleRow = { role: IncidentRole; person_id: string; person_name: string; since: number };

export async function removeRole(tx: Transaction, family: readonly string[], role: IncidentRole): Promise<void> {
  await tx.execute(sql`
    delete from incident_role where role = ${role} and incident_id = any(${sql.param(family)}::text[])`);
}

export async function insertRole(
  tx: Transaction,
  held: {
    readonly incidentId: string;
    readonly role: IncidentRole;
    readonly person: { readonly id: string; readonly name: string };
    readonly now: number;
  },
): Promise<void> {
  await tx.execute(sql`
    insert into incident_role (incident_id, role, person_id, person_name, since)
    values (${held.incidentId}, ${held.role}, ${held.person.id}, ${held.person.name}, ${held.now})`);
}
