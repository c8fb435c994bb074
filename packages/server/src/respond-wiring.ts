/** respond-wiring: gives respond what it may not import: what acts outside, the one timeline, evidence, waits, alarms, and who is who. */
import { hostname, networkInterfaces } from "node:os";
import type { Impact } from "@holdfast/contracts/respond";
import { alarmSignal } from "./alarm-signal.ts";
import type { Access, createSecondFactors } from "./access/index.ts";
import type { Changes } from "./changes/index.ts";
import type { Connectors } from "./connectors/index.ts";
import type { WaitingApproval } from "./measure/index.ts";
import type { Incidents } from "./incidents/index.ts";
import type { Oncall } from "./oncall/index.ts";
import { createRespond, type Respond, type RespondOptions } from "./respond/index.ts";
import type { Triage } from "./triage/index.ts";

type Given = Pick<RespondOptions, "tables" | "clock" | "log" | "audit" | "workflows" | "estate" | "held"> & {
  readonly access: Pick<Access, "personOf" | "approvers">;
  readonly factors: Pick<ReturnType<typeof createSecondFactors>, "verify" | "enrolled">;
  readonly connectors: Pick<Connectors, "actions" | "plan" | "perform" | "undo" | "probe">;
  readonly incidents: Pick<Incidents, "note" | "wait" | "waited" | "attach">;
  readonly oncall: Pick<Oncall, "page">;
  readonly triage: Pick<Triage, "maintenanceOn" | "incident" | "applySignals">;
  readonly changes: Pick<Changes, "onHit">;
};

/** What waits for an approval, for the Floor; without that of exercises. */
export async function waitingApprovals(respond: Pick<Respond, "approvalsWaiting">): Promise<WaitingApproval[]> {
  return (await respond.approvalsWaiting()).map(({ approval, effect }) => ({
    id: approval.id,
    title: effect.title,
    subject: effect.impact.services[0]?.name ?? effect.targets[0]?.value ?? "",
    criticality: effect.impact.services[0]?.criticality ?? 1,
    teams: approval.requirement.sides.map(({ team }) => team),
    requestedBy: effect.requestedBy.name,
    since: approval.createdAt,
  }));
}

export function wireRespond(given: Given): Respond {
  const { access, factors, connectors, incidents, oncall, triage, changes, ...rest } = given;
  return createRespond({
    ...rest,
    personOf: (actor) => access.personOf(actor),
    approvers: () => access.approvers(),
    factor: (personId, code) => factors.verify(personId, code),
    enrolled: (personId) => factors.enrolled(personId),
    ourselves: ourselves(),
    exerciseOf: async (incidentId) => (await triage.incident(rest.tables.db, incidentId))?.exerciseId ?? null,
    changesOn: async (hit) => {
      const recorded = await changes.onHit(hit);
      return { ...recorded, items: [...recorded.items, ...(await windowsOn(triage, hit))] };
    },
    connectors: {
      async plan(action, connectorId, input) {
        const planned = await connectors.plan(action, connectorId, input);
        if (!planned.ok) return planned;
        const about = connectors.actions().find(({ name }) => name === action)?.title ?? action;
        const on = planned.targets.map(({ value }) => value).join(", ");
        return { ...planned, title: on === "" ? about : `${about}: ${on}`, command: planned.command.join("\n") };
      },
      perHour: (action) => connectors.actions().find(({ name }) => name === action)?.limits.perHour ?? null,
      perform: (call) => connectors.perform(call),
      undo: (call) => connectors.undo(call),
      probe: (call) => connectors.probe(call),
    },
    floor: {
      note: (tx, note) => incidents.note(tx, { ...note, kind: "effect" }),
      wait: (tx, wait) => incidents.wait(tx, wait),
      waited: (tx, done) => incidents.waited(tx, done),
      attach: (tx, file) => incidents.attach(tx, file),
      alarm: async (tx, alarm) => {
        // First, and for every alarm: a page goes to nobody where no policy opens, or where people are being paged already.
        if (alarm.exerciseId === null) await triage.applySignals(tx, [alarmSignal(alarm)]);
        const { incidentId, key, reason } = alarm;
        if (incidentId !== null) await oncall.page(tx, { incidentId, key, reason, severity: "critical" });
      },
    },
  });
}

/** Maintenance windows on what is hit, also on the services that need it. */
async function windowsOn(
  triage: Pick<Triage, "maintenanceOn">,
  { targets, services }: Pick<Impact, "targets" | "services">,
): Promise<Impact["changes"]["items"]> {
  const hosts = targets.flatMap(({ target, name }) => (name === null ? [target.value] : [target.value, name]));
  const windows = await triage.maintenanceOn({ hosts, services: services.map(({ id }) => id) });
  return windows.map(({ id, title, owner, endsAt }) => ({
    id,
    title: `${title} (maintenance, ${owner})`,
    until: new Date(endsAt).toISOString(),
  }));
}

/** Every name and address of this machine: what Holdfast must never cut off. */
function ourselves(): RespondOptions["ourselves"] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  return { names: [hostname(), "localhost"], addresses: [...new Set([...addresses, "127.0.0.1", "::1"])] };
}
