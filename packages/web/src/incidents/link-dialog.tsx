/** link-dialog: an incident beside others: which it is linked to and why, a new link, and taking one away. */
import { incidentRoutes, linkKind, type LinkKind, type Work } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Field, TextArea } from "../ui/field.tsx";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Tag } from "../ui/tag.tsx";
import { OtherIncident } from "./other-incident.tsx";
import { SendDialog } from "./send-dialog.tsx";
import { useAct } from "./work.ts";

const WORDS: Readonly<Record<LinkKind, readonly [made: string, seen: string]>> = {
  related: ["is related to", "is related to"],
  "caused-by": ["was caused by", "is the cause of"],
  follows: ["follows", "is followed by"],
  "same-actor": ["has the same actor as", "has the same actor as"],
};

export function LinkDialog({ incidentId, onClose }: { incidentId: string; onClose: () => void }) {
  const [other, setOther] = useState("");
  const [kind, setKind] = useState<LinkKind>("related");
  const [reason, setReason] = useState("");
  return (
    <SendDialog
      title="Link to another incident"
      note="Both keep their alerts and their course. Each shows the other."
      submit="Link them"
      refused={other === "" ? "Choose an incident." : ""}
      send={() =>
        call(incidentRoutes.linkIncident, { params: { id: incidentId }, body: { incidentId: other, kind, reason } })
      }
      onClose={onClose}
    >
      <Field label="This incident" id="link-kind">
        <Select
          id="link-kind"
          label="This incident"
          value={kind}
          options={linkKind.options.map((value) => ({ value, label: WORDS[value][0] }))}
          onChange={setKind}
        />
      </Field>
      <OtherIncident incidentId={incidentId} value={other} onChange={setOther} />
      <TextArea label="Why" value={reason} onChange={setReason} rows={2} hint="Stands on both timelines." />
    </SendDialog>
  );
}

export function LinkList({ work, refused }: { work: Work; refused: string }) {
  const act = useAct();
  if (work.links.length === 0) return null;
  const unlink = (otherId: string, number: number): void =>
    act(
      () => call(incidentRoutes.unlinkIncident, { params: { id: work.incidentId, otherId } }),
      `No longer linked to INC-${number}`,
    );
  return (
    <Panel title="Linked incidents" flush>
      <ul>
        {work.links.map(({ incident, kind, outgoing, reason, at, by }) => (
          <li key={incident.id} className="entry">
            <div className="stack tight">
              <div className="row wrap">
                <span className="faint">{WORDS[kind][outgoing ? 0 : 1]}</span>
                <Link to={links.incident(incident.number)}>INC-{incident.number}</Link>
                <LogText text={incident.title} />
                <Tag>{incident.state}</Tag>
              </div>
              <div className="faint small">
                {reason !== "" && (
                  <>
                    <LogText text={reason} /> ·{" "}
                  </>
                )}
                {by.name} <Clock at={at} suffix="ago" />
              </div>
            </div>
            <Button
              size="compact"
              refused={refused}
              label={`Unlink INC-${incident.number}`}
              onClick={() => unlink(incident.id, incident.number)}
            >
              Unlink
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
