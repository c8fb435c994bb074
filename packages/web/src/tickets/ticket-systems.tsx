/** ticket-systems: the ticket systems that incidents can have tickets in, with their health. */
import {
  ticketRoutes,
  type Direction,
  type SyncField,
  type TicketKind,
  type TicketSystemView,
} from "@holdfast/contracts/tickets";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useChange } from "../app/use-change.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Checkbox, Field, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";

const KINDS = [
  { value: "rt", label: "Request Tracker 5" },
  { value: "jira", label: "Jira" },
  { value: "servicenow", label: "ServiceNow" },
  { value: "github", label: "GitHub issues" },
] as const;
const PLACES: Readonly<Record<TicketKind, string>> = {
  rt: "Queue",
  jira: "Project key",
  servicenow: "Table, such as incident",
  github: "Repository, as owner/name",
};
const FIELDS: readonly SyncField[] = ["title", "severity", "state", "comments"];
const DIRECTIONS = [
  { value: "both", label: "both ways" },
  { value: "out", label: "from here to there" },
  { value: "in", label: "from there to here" },
  { value: "off", label: "not at all" },
] as const;

export function TicketSystems() {
  const systems = useCall(ticketRoutes.listTicketSystems, {}, { everyMs: 15_000 });
  const refused = useRefusal()("connectors.write");
  const [form, setForm] = useState<TicketSystemView | "new">();
  const { busy, run } = useChange();
  return (
    <Panel
      title="Ticket systems"
      tools={
        <Button size="compact" refused={refused} onClick={() => setForm("new")}>
          Add a ticket system
        </Button>
      }
    >
      <Outcome query={systems} what="ticket systems" rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There is no ticket system">
              <p>Incidents can be kept in step with tickets of Request Tracker, Jira, ServiceNow and GitHub.</p>
            </Empty>
          ) : (
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">System</th>
                  <th scope="col">Health</th>
                  <th scope="col">Last in step</th>
                  <th scope="col" className="number">
                    Tickets
                  </th>
                  <th scope="col" className="number">
                    Waiting
                  </th>
                  <th scope="col">
                    <span className="sr-only">What to do</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.id}>
                    <td>
                      <span className="strong">
                        <LogText text={one.name} />
                      </span>{" "}
                      <span className="faint">
                        <LogText text={`${one.place} at ${one.url}`} />
                      </span>
                    </td>
                    <td>
                      {one.health === "ok" ? (
                        <span className="faint">ok</span>
                      ) : (
                        <Tag tone={one.health === "failing" ? "critical" : "neutral"}>{one.health}</Tag>
                      )}
                      {one.lastError !== null && (
                        <p className="small">
                          <LogText text={one.lastError} />
                          {one.nextAt !== null && (
                            <span className="faint">
                              {" "}
                              Tried again <Clock at={one.nextAt} />.
                            </span>
                          )}
                        </p>
                      )}
                    </td>
                    <td>
                      <Clock at={one.lastOkAt} />
                    </td>
                    <td className="number">{one.links}</td>
                    <td className="number">{one.waiting}</td>
                    <td className="number">
                      <span className="row">
                        <Button
                          size="compact"
                          busy={busy}
                          onClick={() =>
                            void run(
                              () => call(ticketRoutes.syncTicketSystem, { params: { id: one.id } }),
                              `${one.name} was asked`,
                            )
                          }
                        >
                          Bring in step now
                        </Button>
                        <Button
                          size="compact"
                          label={`Edit ${one.name}`}
                          refused={refused}
                          onClick={() => setForm(one)}
                        >
                          Edit
                        </Button>
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Outcome>
      {form !== undefined && <SystemForm system={form === "new" ? null : form} onClose={() => setForm(undefined)} />}
    </Panel>
  );
}

function SystemForm({ system, onClose }: { system: TicketSystemView | null; onClose: () => void }) {
  const [kind, setKind] = useState<TicketKind>(system?.kind ?? "rt");
  const [name, setName] = useState(system?.name ?? "");
  const [url, setUrl] = useState(system?.url ?? "https://");
  const [place, setPlace] = useState(system?.place ?? "");
  const [user, setUser] = useState(system?.user ?? "");
  const [secret, setSecret] = useState("");
  const [allow, setAllow] = useState(system?.allow.join(", ") ?? "");
  const [enabled, setEnabled] = useState(system?.enabled ?? true);
  const [directions, setDirections] = useState<Readonly<Record<SyncField, Direction>>>(
    system?.directions ?? { title: "both", severity: "both", state: "both", comments: "both" },
  );
  const { busy, error, run } = useChange();
  const submit = async (): Promise<void> => {
    const body = {
      name,
      kind,
      url,
      place,
      user,
      enabled,
      directions: { ...directions },
      allow: allow.split(/[\s,]+/).filter((one) => one !== ""),
      pollSeconds: system?.pollSeconds ?? 60,
      ...(system?.kind === kind && { states: system.states, severities: system.severities }),
      ...(secret !== "" && { secret }),
    };
    const work =
      system === null
        ? () => call(ticketRoutes.createTicketSystem, { body })
        : () => call(ticketRoutes.saveTicketSystem, { params: { id: system.id }, body });
    if (await run(work, `${name} is saved`)) onClose();
  };
  const remove = async (): Promise<void> => {
    if (system === null) return;
    const said = `${system.name} is removed; its tickets stay as they are`;
    if (await run(() => call(ticketRoutes.deleteTicketSystem, { params: { id: system.id } }), said)) onClose();
  };
  return (
    <FormDialog
      title={system === null ? "Add a ticket system" : `Edit ${system.name}`}
      submit={system === null ? "Add the system" : "Save"}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="Kind" id="system-kind">
        <Select id="system-kind" label="Kind" value={kind} options={KINDS} onChange={setKind} />
      </Field>
      <TextField label="Name" value={name} onChange={setName} required />
      <TextField label="Address" value={url} onChange={setUrl} required />
      <TextField label={PLACES[kind]} value={place} onChange={setPlace} required />
      <TextField label="User" value={user} onChange={setUser} hint="Empty when the secret is a token by itself." />
      <TextField
        label="Secret"
        type="password"
        value={secret}
        onChange={setSecret}
        autoComplete="new-password"
        hint={
          system === null ? "Password or token; sealed, and never shown again." : "Leave it empty to keep the old one."
        }
        required={system === null}
      />
      <TextField
        label="Private addresses it may reach"
        value={allow}
        onChange={setAllow}
        hint="Such as 10.1.2.3; empty for public ones."
      />
      {FIELDS.map((field) => (
        <Field key={field} label={`${field[0]?.toUpperCase()}${field.slice(1)} is kept in step`} id={`system-${field}`}>
          <Select
            id={`system-${field}`}
            label={`${field[0]?.toUpperCase()}${field.slice(1)} is kept in step`}
            value={directions[field]}
            options={DIRECTIONS}
            onChange={(direction) => setDirections({ ...directions, [field]: direction })}
          />
        </Field>
      ))}
      <Checkbox label="In use" checked={enabled} onChange={setEnabled} />
      {system !== null && (
        <div className="row">
          <Button size="compact" variant="danger" onClick={() => void remove()}>
            Remove this system
          </Button>
        </div>
      )}
    </FormDialog>
  );
}
