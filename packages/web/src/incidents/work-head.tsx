/** work-head: the second line under an incident's title: who leads, whom it waits for right now, how long each team was waited for. */
import { incidentRoutes, type IncidentRole, type Wait, type Work } from "@holdfast/contracts/incidents";
import { REPORT_PATH } from "@holdfast/contracts/evidence";
import { useState } from "react";
import { call } from "../app/client.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";
import { SendDialog } from "./send-dialog.tsx";
import { ROLES, TEAMS, usePeople, useWork } from "./work.ts";
import "./incidents.css";

export function WorkHead({ incidentId }: { incidentId: string }) {
  const work = useWork(incidentId).data;
  const refused = useRefusal()("incidents.work");
  const [dialog, setDialog] = useState<"role" | "wait" | null>(null);
  useKeys({
    o: { label: "Give a role", run: () => refused === "" && setDialog("role") },
    w: { label: "Say whom it waits for", run: () => refused === "" && setDialog("wait") },
  });
  if (work === undefined) return null;
  const waited = waitedFor(work.waits);
  const sums =
    work.waitSums.length === 0
      ? "It has waited for nobody so far."
      : work.waitSums.map(({ team, ms }) => `So far ${duration(ms)} for ${team}.`).join("\n");
  return (
    <div className="work-head row wrap" role="group" aria-label="Roles and waits">
      <span className="row tight">
        <span className="faint" data-tip={sums}>
          Waits for
        </span>
        {waited.length === 0 && "nobody"}
        {waited.map(({ whom, since, reasons }) => (
          <Tag key={whom} tone="high" tip={reasons.join("\n")}>
            {whom}
            {reasons.length > 1 && ` (${reasons.length} reasons)`} for <Clock at={since} />
          </Tag>
        ))}
        <Button size="compact" variant="ghost" keys="w" refused={refused} onClick={() => setDialog("wait")}>
          {waited.length === 0 ? "Say whom" : "Change"}
        </Button>
      </span>
      {work.roles.map(({ role, person }) => (
        <span key={role} className="row tight">
          <span className="faint">{ROLES.find(([id]) => id === role)?.[1]}</span> {person.name}
        </span>
      ))}
      <Button size="compact" variant="ghost" keys="o" refused={refused} onClick={() => setDialog("role")}>
        {work.roles.length === 0 ? "Give roles" : "Roles"}
      </Button>
      <a
        className="work-report"
        href={`${REPORT_PATH.replace(":id", encodeURIComponent(incidentId))}.html`}
        target="_blank"
        rel="noreferrer"
      >
        Report
      </a>
      <a href={`${REPORT_PATH.replace(":id", encodeURIComponent(incidentId))}.pdf`}>PDF</a>
      {dialog === "role" && <RoleDialog work={work} onClose={() => setDialog(null)} />}
      {dialog === "wait" && <WaitDialog work={work} onClose={() => setDialog(null)} />}
    </div>
  );
}

/** One line for each team or person that is waited for now: since the oldest wait, with the reasons of all. */
function waitedFor(waits: readonly Wait[]): readonly { whom: string; since: string; reasons: readonly string[] }[] {
  const found = new Map<string, { since: string; reasons: string[] }>();
  for (const { person, personBy, team, since, reason, endedAt } of waits) {
    if (endedAt !== null) continue;
    const whom = person === null ? team : `${person.name} (${team})`;
    const held = found.get(whom) ?? { since, reasons: [] };
    const how = personBy === "lead" ? " (leads that side)" : personBy === "on-call" ? " (on call)" : "";
    found.set(whom, { since: held.since < since ? held.since : since, reasons: [...held.reasons, `${reason}${how}`] });
  }
  return [...found].map(([whom, held]) => ({ whom, ...held }));
}

/** 95 min -> "1 h 35 min". */
export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function RoleDialog({ work, onClose }: { work: Work; onClose: () => void }) {
  const people = usePeople();
  const [role, setRole] = useState<IncidentRole>("commander");
  const holder = work.roles.find((held) => held.role === role)?.person.id ?? "";
  const [person, setPerson] = useState<string>();
  return (
    <SendDialog
      title="Who leads what"
      submit="Give the role"
      send={() =>
        call(incidentRoutes.setRole, {
          params: { id: work.incidentId, role },
          body: { person: (person ?? holder) === "" ? null : (person ?? holder) },
        })
      }
      onClose={onClose}
    >
      <Field label="Role" id="role">
        <Select
          id="role"
          label="Role"
          value={role}
          options={ROLES.map(([value, label]) => ({ value, label }))}
          onChange={(next) => {
            setRole(next);
            setPerson(undefined);
          }}
        />
      </Field>
      <Field label="Held by" id="role-person">
        <Select id="role-person" label="Held by" value={person ?? holder} options={people} onChange={setPerson} />
      </Field>
    </SendDialog>
  );
}

function WaitDialog({ work, onClose }: { work: Work; onClose: () => void }) {
  const people = usePeople();
  const manual = work.waits.filter((wait) => wait.manual && wait.endedAt === null);
  const [what, setWhat] = useState(manual[0]?.key ?? "new");
  const [team, setTeam] = useState<"security" | "operations">("operations");
  const [person, setPerson] = useState("");
  const [reason, setReason] = useState("");
  const params = { id: work.incidentId };
  return (
    <SendDialog
      title="Whom does it wait for?"
      note="The time counts for the team that is waited for until the wait ends."
      submit={what === "new" ? "Start the wait" : "End the wait"}
      refused={what === "new" && reason.trim() === "" ? "Say what it waits for." : ""}
      send={() =>
        what === "new"
          ? call(incidentRoutes.startWait, { params, body: { team, person: person === "" ? null : person, reason } })
          : call(incidentRoutes.endWait, { params, body: { key: what } })
      }
      onClose={onClose}
    >
      <Field label="What" id="wait-what">
        <Select
          id="wait-what"
          label="What"
          value={what}
          options={[
            ...manual.map(({ key, team: of, reason: why }) => ({
              value: key,
              label: `End: ${of}, ${why}`.slice(0, 80),
            })),
            { value: "new", label: "Start a new wait" },
          ]}
          onChange={setWhat}
        />
      </Field>
      {what === "new" && (
        <>
          <Field label="Team" id="wait-team">
            <Select id="wait-team" label="Team" value={team} options={TEAMS} onChange={setTeam} />
          </Field>
          <Field label="Person" id="wait-person">
            <Select id="wait-person" label="Person" value={person} options={people} onChange={setPerson} />
          </Field>
          <TextField label="For what" value={reason} onChange={setReason} />
        </>
      )}
    </SendDialog>
  );
}
