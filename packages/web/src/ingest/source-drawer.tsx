/** source-drawer: one source with its exact counts, and what can be done with it. */
import { fetchedKind, ingestRoutes, type Source } from "@holdfast/contracts/ingest";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links, quote } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { Histogram } from "../ui/histogram.tsx";
import { bytes, count, percent } from "../ui/number.ts";
import { span } from "../ui/time.ts";
import { toast } from "../ui/toast.tsx";
import { KeyShown } from "./add-source.tsx";
import { PullSection } from "./pull-section.tsx";
import { Insight } from "./source-insight.tsx";
import { SourceState } from "./source-columns.tsx";

export function SourceDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const source = useCall(ingestRoutes.getSource, { params: { id } }, { everyMs: 10_000 });
  return (
    <Drawer
      label="Source"
      onClose={onClose}
      heading={
        <div className="row">
          <h2>
            <LogText text={source.data?.name ?? "Source"} />
          </h2>
          {source.data !== undefined && <SourceState source={source.data} />}
        </div>
      }
      actions={source.data !== undefined && <Actions source={source.data} />}
    >
      <Outcome query={source} what="this source">
        {(found) => (
          <>
            <Insight id={id} />
            <SourceBody source={found} />
          </>
        )}
      </Outcome>
    </Drawer>
  );
}

function Actions({ source }: { source: Source }) {
  const refused = useRefusal()("sources.write");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [key, setKey] = useState<string | null>(null);
  const change = async (enabled: boolean): Promise<void> => {
    try {
      await call(ingestRoutes.updateSource, { params: { id: source.id }, body: { enabled } });
      void client.invalidateQueries({ queryKey: [ingestRoutes.getSource.path] });
      void client.invalidateQueries({ queryKey: [ingestRoutes.listSources.path] });
      toast({ title: enabled ? `${source.name} is taken again` : `${source.name} is refused from now on` });
    } catch (error) {
      toast({ title: "The source was not changed", body: explain(error), tone: "error" });
    }
  };
  const rotate = async (): Promise<void> => {
    try {
      setKey((await call(ingestRoutes.rotateSourceKey, { params: { id: source.id } })).key);
    } catch (error) {
      toast({ title: "The key was not changed", body: explain(error), tone: "error" });
    }
    setAsking(false);
  };
  return (
    <>
      <Button refused={refused} onClick={() => void change(!source.enabled)}>
        {source.enabled ? "Disable" : "Enable"}
      </Button>
      {source.keyPrefix !== null && (
        <Button refused={refused} onClick={() => setAsking(true)}>
          New key
        </Button>
      )}
      {asking && (
        <FormDialog
          title={`A new key for ${source.name}`}
          note="The old key stops at once: senders are refused until they have the new one."
          submit="Make a new key"
          danger
          onSubmit={() => void rotate()}
          onClose={() => setAsking(false)}
        >
          {null}
        </FormDialog>
      )}
      {key !== null && <KeyShown source={source} secret={key} onClose={() => setKey(null)} />}
    </>
  );
}

const WHY: Readonly<Record<Source["rejections"][number]["reason"], string>> = {
  "too-large": "over the limit of a record",
  unreadable: "damaged, incomplete, or of a kind that is not taken",
  overload: "the queue was full, or this source over its share of it",
  dropped: "dropped by the system before they were read",
  disabled: "the source was disabled",
  "cut-off": "not on disk when Holdfast stopped",
};

/** They were never acknowledged: whoever waits for an answer sends them again. */
function Rejected({ source }: { source: Source }) {
  return (
    <span className="stack tight">
      <span>{count(source.rejected)} before acknowledgement</span>
      {source.rejections.map(({ reason, records, lastAt }) => (
        <span key={reason} className="small">
          {count(records)}: {WHY[reason]}, last <Clock at={lastAt} />
        </span>
      ))}
    </span>
  );
}

function SourceBody({ source }: { source: Source }) {
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const bars = source.perMinute.map((total, at) => ({ at: now - (source.perMinute.length - 1 - at) * 60_000, total }));
  return (
    <>
      {fetchedKind.safeParse(source.kind).success && <PullSection id={source.id} />}
      <Section title="Events a minute, last hour">
        <Histogram label="Events a minute" unit="events" bars={bars} bucketSeconds={60} height={80} />
      </Section>
      <Facts
        items={[
          [
            "Id",
            <span key="id" className="mono">
              {source.id}
            </span>,
          ],
          ["Kind", source.kind],
          [
            "Key",
            source.keyPrefix === null
              ? fetchedKind.safeParse(source.kind).success
                ? "none: Holdfast fetches it"
                : "none: its senders are known by address"
              : `begins with ${source.keyPrefix}`,
          ],
          ["Last event", <Clock key="last" at={source.lastEventAt} form="absolute" />],
          ["Acknowledged", `${count(source.received)} records, ${bytes(source.bytes)}`],
          ["Stored", count(source.stored)],
          [
            "Parsed",
            source.coverage === null ? "–" : `${percent(source.coverage)}, ${count(source.unclassified)} unclassified`,
          ],
          [
            "Quarantined",
            source.quarantined === 0 ? (
              "0"
            ) : (
              <Link key="quarantine" to={links.quarantine(source.id)}>
                {count(source.quarantined)}
              </Link>
            ),
          ],
          ["Duplicates", count(source.duplicates)],
          ["Rejected", source.rejected === 0 ? "0" : <Rejected key="rejected" source={source} />],
          [
            "Backlog",
            source.backlog === 0
              ? "none"
              : `${count(source.backlog)} records, the oldest ${span(source.lagSeconds)} old`,
          ],
          [
            "Look into",
            <Link key="events" to={links.events({ q: `source:${quote(source.id)}` })}>
              its events
            </Link>,
          ],
        ]}
      />
    </>
  );
}
