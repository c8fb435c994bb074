/** tickets-tab: the tickets of an incident: how each field stands on both sides, what waits, and what a person must decide. */
import { ticketRoutes, type TicketLink } from "@holdfast/contracts/tickets";
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
import { Field, TextField } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag, type Tone } from "../ui/tag.tsx";

type FieldState = TicketLink["fields"][number];
const TONES: Readonly<Record<FieldState["state"], Tone>> = {
  same: "neutral",
  waiting: "neutral",
  conflict: "critical",
  unmapped: "high",
  off: "neutral",
};
const ARROWS: Readonly<Record<FieldState["direction"], string>> = {
  both: "both ways",
  out: "from here to there",
  in: "from there to here",
  off: "not kept in step",
};

export function TicketsTab({ incidentId }: { incidentId: string }) {
  const links = useCall(ticketRoutes.listIncidentTickets, { params: { id: incidentId } }, { everyMs: 15_000 });
  const refused = useRefusal()("incidents.work");
  const [adding, setAdding] = useState(false);
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Tickets">
      <div className="row">
        <Button refused={refused} onClick={() => setAdding(true)}>
          Open or link a ticket
        </Button>
      </div>
      <Outcome query={links} what="the tickets of this incident" rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="This incident has no ticket">
              <p>A ticket in another system is kept in step with it, field by field, in both directions.</p>
            </Empty>
          ) : (
            items.map((link) => <Ticket key={link.id} incidentId={incidentId} link={link} />)
          )
        }
      </Outcome>
      {adding && <AddDialog incidentId={incidentId} onClose={() => setAdding(false)} />}
    </div>
  );
}

function Ticket({ incidentId, link }: { incidentId: string; link: TicketLink }) {
  const refused = useRefusal()("incidents.work");
  const { busy, error, run } = useChange();
  const params = { id: incidentId, link: link.id };
  const decide = (field: FieldState["field"], take: "ours" | "theirs"): void =>
    void run(
      () => call(ticketRoutes.resolveTicketConflict, { params, body: { field, take } }),
      "Both sides say the same now",
    );
  return (
    <Panel
      title={`${link.system} ${link.ticket ?? "(being opened)"}`}
      tools={
        <span className="row">
          {link.url !== null && (
            <a href={link.url} target="_blank" rel="noreferrer noopener">
              Open it there
            </a>
          )}
          <Button
            size="compact"
            refused={refused}
            busy={busy}
            onClick={() =>
              void run(() => call(ticketRoutes.unlinkTicket, { params }), "The ticket is no longer kept in step")
            }
          >
            Take the link away
          </Button>
        </span>
      }
    >
      <div className="stack">
        <p className="small faint">
          {link.syncedAt === null ? (
            "Not brought in step yet."
          ) : (
            <>
              In step <Clock at={link.syncedAt} suffix="ago" />. {link.comments.sent} comments sent,{" "}
              {link.comments.taken} taken
              {link.comments.waiting > 0 && `, ${link.comments.waiting} on the way`}.
            </>
          )}
        </p>
        {link.problem !== null && (
          <p className="row" role="status">
            <Tag tone={link.state === "broken" ? "critical" : "high"}>
              {link.state === "broken" ? "broken" : "waits"}
            </Tag>
            <LogText text={link.problem} />
          </p>
        )}
        {link.fields.length > 0 && (
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Here</th>
                <th scope="col">There</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {link.fields.map((one) => (
                <tr key={one.field}>
                  <td>
                    {one.field} <span className="faint small">{ARROWS[one.direction]}</span>
                  </td>
                  <td>
                    <LogText text={one.ours} />
                  </td>
                  <td>
                    <LogText text={one.theirs} />
                  </td>
                  <td>
                    <span className="row wrap">
                      {one.state === "same" ? (
                        <span className="faint">in step</span>
                      ) : (
                        <Tag tone={TONES[one.state]}>{one.state}</Tag>
                      )}
                      {one.note !== "" && <LogText text={one.note} />}
                      {(one.state === "conflict" || one.state === "unmapped") && (
                        <>
                          <Button
                            size="compact"
                            refused={refused}
                            busy={busy}
                            onClick={() => decide(one.field, "ours")}
                          >
                            Take ours
                          </Button>
                          {one.state === "conflict" && (
                            <Button
                              size="compact"
                              refused={refused}
                              busy={busy}
                              onClick={() => decide(one.field, "theirs")}
                            >
                              Take theirs
                            </Button>
                          )}
                        </>
                      )}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {error !== undefined && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
      </div>
    </Panel>
  );
}

function AddDialog({ incidentId, onClose }: { incidentId: string; onClose: () => void }) {
  const systems = useCall(ticketRoutes.listTicketSystems, {});
  const [chosen, setChosen] = useState<string>();
  const [ticket, setTicket] = useState("");
  const { busy, error, run } = useChange();
  const items = systems.data?.items ?? [];
  const systemId = chosen ?? items[0]?.id ?? "";
  const submit = async (): Promise<void> => {
    const body = { systemId, ...(ticket !== "" && { ticket }) };
    const said = ticket === "" ? "A ticket is being opened" : `${ticket} is kept in step from now on`;
    if (await run(() => call(ticketRoutes.linkTicket, { params: { id: incidentId }, body }), said)) onClose();
  };
  return (
    <FormDialog
      title="Open or link a ticket"
      submit={ticket === "" ? "Open a ticket" : `Link ${ticket}`}
      busy={busy}
      refused={systemId === "" ? "There is no ticket system yet: add one under Settings > Tickets." : ""}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="System" id="ticket-system">
        <Select
          id="ticket-system"
          label="System"
          value={systemId}
          options={items.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={setChosen}
        />
      </Field>
      <TextField
        label="Ticket"
        value={ticket}
        onChange={setTicket}
        hint="Empty: a new one is opened. Where both differ, you decide."
      />
    </FormDialog>
  );
}
