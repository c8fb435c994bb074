/** evidence-tab: what is kept of an incident: files and pinned searches, who had them in hands, whether they are still what they were;
 *  and the trail of searches that led there. Names and texts of files are shown as text; nothing of a file is ever shown. */
import { EVIDENCE_FILE_PATH, EVIDENCE_UPLOAD_PATH, evidenceRoutes, type Evidence } from "@holdfast/contracts/evidence";
import { useRef, useState } from "react";
import { call, pathOf, upload } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links, within } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { bytes, plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { SendDialog } from "./send-dialog.tsx";
import { useAct, useWork } from "./work.ts";

type Asking = { kind: "pin"; query: string; from: string; to: string } | { kind: "hand-over"; piece: Evidence } | null;

export function EvidenceTab(props: { incidentId: string; exerciseId: string | null; from: string; to: string }) {
  const { incidentId, exerciseId, from, to } = props;
  const evidence = useCall(evidenceRoutes.listEvidence, { params: { id: incidentId } });
  const trail = useWork(incidentId).data?.trail ?? [];
  const refused = useRefusal()("incidents.work");
  const [asking, setAsking] = useState<Asking>(null);
  const input = useRef<HTMLInputElement>(null);
  const act = useAct();
  const pin = (query = within(exerciseId, ""), range = { from, to }): void =>
    setAsking({ kind: "pin", query, ...range });
  useKeys({
    u: { label: "Upload a file as evidence", run: () => refused === "" && input.current?.click() },
    p: { label: "Pin a search as evidence", run: () => refused === "" && pin() },
  });
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Evidence">
      <input
        ref={input}
        type="file"
        hidden
        aria-label="File to keep as evidence"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = "";
          if (file === undefined) return;
          const path = pathOf(EVIDENCE_UPLOAD_PATH, { id: incidentId });
          act(() => upload(path, { name: file.name }, file), `Kept ${file.name}`);
        }}
      />
      <Panel
        title="Evidence"
        tools={
          <span className="row">
            <Button size="compact" keys="p" refused={refused} onClick={() => pin()}>
              Pin a search
            </Button>
            <Button size="compact" variant="primary" keys="u" refused={refused} onClick={() => input.current?.click()}>
              Upload a file
            </Button>
          </span>
        }
        flush
      >
        <Outcome query={evidence} what="the evidence" rows={5}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nothing is kept yet">
                <p>
                  Upload a file, or pin a search: it keeps the query, the range, the count and a digest of what was
                  found.
                </p>
              </Empty>
            ) : (
              <ul>
                {items.map((piece) => (
                  <Piece
                    key={piece.id}
                    piece={piece}
                    refused={refused}
                    onHandOver={() => setAsking({ kind: "hand-over", piece })}
                  />
                ))}
              </ul>
            )
          }
        </Outcome>
      </Panel>
      {trail.length > 0 && (
        <Panel title="Trail" note="searches made from this incident, in their order">
          <ol className="stack tight">
            {trail.map((step) => (
              <li key={step.id} className="row">
                <Clock at={step.at} form="day" />
                <span className="faint">{step.by.name}</span>
                <Link to={links.events({ q: step.query, from: step.from, to: step.to })} className="mono truncate">
                  {step.query === "" ? "everything" : step.query}
                </Link>
                <Button size="compact" variant="ghost" refused={refused} onClick={() => pin(step.query, step)}>
                  Pin
                </Button>
              </li>
            ))}
          </ol>
        </Panel>
      )}
      {asking?.kind === "pin" && <PinDialog incidentId={incidentId} asked={asking} onClose={() => setAsking(null)} />}
      {asking?.kind === "hand-over" && <HandOverDialog piece={asking.piece} onClose={() => setAsking(null)} />}
    </div>
  );
}

function Piece({ piece, refused, onHandOver }: { piece: Evidence; refused: string; onHandOver: () => void }) {
  const act = useAct();
  const [said, setSaid] = useState<{ verdict: string; reason: string }>();
  const { id, search, sha256 } = piece;
  const verify = async (): Promise<void> => {
    setSaid(await call(evidenceRoutes.verifyEvidence, { params: { id } }));
  };
  return (
    <li className="entry">
      <div className="stack tight">
        <div className="row wrap">
          <span className="strong">
            <LogText text={piece.name} />
          </span>
          <Tag>{piece.kind === "search" ? plural(search?.events ?? 0, "event") : bytes(piece.bytes ?? 0)}</Tag>
          {piece.sealedAt !== null && <Tag tone="accent">sealed by {piece.sealedBy}</Tag>}
          {piece.brokenAt !== null && <Tag tone="critical">chain of custody broken at row {piece.brokenAt}</Tag>}
          {said !== undefined && (
            <Tag tone={said.verdict === "intact" ? "neutral" : "critical"} tip={said.reason}>
              {said.verdict}
            </Tag>
          )}
        </div>
        <div className="small faint">
          <LogText text={piece.source} /> · {piece.by.name} · <Clock at={piece.at} form="absolute" />
        </div>
        {search !== null && <Code text={search.query === "" ? "everything" : search.query} label="Pinned search" />}
        <div className="mono small faint truncate">
          {sha256 === null ? `digest ${search?.digest ?? ""}` : `sha256 ${sha256}`}
        </div>
        <details className="small">
          <summary>{plural(piece.custody.length, "row")} in the chain of custody</summary>
          <ol className="stack tight">
            {piece.custody.map((row) => (
              <li key={row.seq}>
                <Clock at={row.at} form="absolute" /> <span className="strong">{row.action}</span> by {row.by.name}{" "}
                <span className="faint">
                  <LogText text={detailsOf(row.details)} />
                </span>{" "}
                <span className="mono faint" data-tip={`The hash of this row covers the row before it:\n${row.hash}`}>
                  {row.hash.slice(0, 12)}
                </span>
              </li>
            ))}
          </ol>
        </details>
      </div>
      <div className="row wrap">
        <Button size="compact" refused={refused} onClick={() => act(verify)}>
          Verify
        </Button>
        <Button size="compact" refused={refused} onClick={onHandOver}>
          Hand over
        </Button>
        <Button
          size="compact"
          refused={piece.sealedAt === null ? refused : "It is sealed already."}
          onClick={() => act(() => call(evidenceRoutes.sealEvidence, { params: { id } }), `Sealed ${piece.name}`)}
        >
          Seal
        </Button>
        {sha256 !== null && (
          <a className="button plain compact" href={pathOf(EVIDENCE_FILE_PATH, { id })} download>
            Download
          </a>
        )}
      </div>
    </li>
  );
}

/** A row's facts as "bytes 40000, source upload"; the digest stands above, and what is no JSON is shown as it is. */
function detailsOf(details: string): string {
  try {
    const facts: unknown = JSON.parse(details);
    if (typeof facts !== "object" || facts === null) return details;
    return Object.entries(facts)
      .filter(([name]) => name !== "sha256")
      .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join(", ");
  } catch {
    return details;
  }
}

function PinDialog(props: {
  incidentId: string;
  asked: { query: string; from: string; to: string };
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [query, setQuery] = useState(props.asked.query);
  const [from, setFrom] = useState(props.asked.from);
  const [to, setTo] = useState(props.asked.to);
  return (
    <SendDialog
      title="Pin a search as evidence"
      note="Keeps what was asked and a digest of what was found. Seal it to keep the events themselves."
      submit="Pin the search"
      refused={name.trim() === "" ? "Give it a name." : ""}
      send={() => call(evidenceRoutes.pinSearch, { params: { id: props.incidentId }, body: { name, query, from, to } })}
      onClose={props.onClose}
    >
      <TextField label="Name" value={name} onChange={setName} autoFocus />
      <TextArea label="Search" value={query} onChange={setQuery} mono rows={2} />
      <TextField label="From" value={from} onChange={setFrom} />
      <TextField label="To" value={to} onChange={setTo} />
    </SendDialog>
  );
}

function HandOverDialog({ piece, onClose }: { piece: Evidence; onClose: () => void }) {
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  return (
    <SendDialog
      title={`Hand over ${piece.name}`}
      note="Becomes a row of the chain of custody that nobody can change."
      submit="Record the hand-over"
      refused={to.trim() === "" || reason.trim() === "" ? "Say to whom and why." : ""}
      send={() => call(evidenceRoutes.handOver, { params: { id: piece.id }, body: { to, reason } })}
      onClose={onClose}
    >
      <TextField label="To" value={to} onChange={setTo} autoFocus />
      <TextArea label="Why" value={reason} onChange={setReason} />
    </SendDialog>
  );
}
