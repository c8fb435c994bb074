/** source-columns: one source as a row. A number has colour only when someone should look. */
import type { Source } from "@holdfast/contracts/ingest";
import { type Speech, silenceRoutes } from "@holdfast/contracts/silence";
import type { ReactNode } from "react";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count, percent, short } from "../ui/number.ts";
import { Sparkline } from "../ui/sparkline.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { span } from "../ui/time.ts";

export const SOURCE_COLUMNS: readonly Column<Source>[] = [
  {
    key: "name",
    title: "Source",
    width: "minmax(140px, 1fr)",
    render: (source) => (
      <span className={source.enabled ? "strong" : "faint"}>
        <LogText text={source.name} />
      </span>
    ),
  },
  { key: "kind", title: "Kind", width: "90px", above: 900, render: (source) => source.kind },
  { key: "state", title: "State", width: "84px", render: (source) => <SourceState source={source} /> },
  { key: "last", title: "Last event", width: "76px", render: (source) => <Clock at={source.lastEventAt} /> },
  {
    key: "rate",
    title: "A minute, last hour",
    width: "132px",
    render: (source) => (
      <Sparkline values={source.perMinute} label={`Events of ${source.name}`} unit="events a minute" width={124} />
    ),
  },
  {
    key: "stored",
    title: "Stored",
    above: 780,
    width: "72px",
    align: "end",
    render: (source) => <span data-tip={count(source.stored)}>{short(source.stored)}</span>,
  },
  { key: "coverage", title: "Parsed", width: "64px", align: "end", render: (source) => <Coverage source={source} /> },
  {
    key: "lag",
    title: "Lag",
    above: 720,
    width: "64px",
    align: "end",
    render: (source) => (source.lagSeconds < 1 ? <span className="faint">–</span> : span(source.lagSeconds)),
  },
  {
    key: "quarantined",
    title: "Quarantine",
    width: "76px",
    align: "end",
    above: 860,
    render: (source) => (source.quarantined === 0 ? <span className="faint">0</span> : count(source.quarantined)),
  },
  {
    key: "rejected",
    title: "Rejected",
    width: "70px",
    align: "end",
    above: 940,
    render: (source) => (source.rejected === 0 ? <span className="faint">0</span> : count(source.rejected)),
  },
];

/** What was learned says whether it is silent; while nothing is, an hour without a word is long. */
const SILENT_SECONDS = 3_600;

export const SPEECH_TAGS: Readonly<Record<Speech["state"], ReactNode>> = {
  speaks: <span className="faint">ok</span>,
  "quiet-hours": <span className="faint">quiet hours</span>,
  silent: <Tag tone="high">silent</Tag>,
  learning: <span className="faint">learning</span>,
  unwatched: <span className="faint">–</span>,
};

export function SourceState({ source }: { source: Source }) {
  const speech = useCall(silenceRoutes.listSilence, {}, { everyMs: 15_000 }).data?.sources.find(
    (one) => one.source === source.id,
  );
  if (!source.enabled) return <Tag>disabled</Tag>;
  if (source.lastEventAt === null) return <Tag>never sent</Tag>;
  if (source.lagSeconds > 30) return <Tag tone="medium">behind</Tag>;
  if (speech !== undefined && speech.state !== "learning" && speech.state !== "unwatched")
    return <span data-tip={speech.sentence}>{SPEECH_TAGS[speech.state]}</span>;
  const quiet = source.kind !== "import" && Date.now() - Date.parse(source.lastEventAt) > SILENT_SECONDS * 1000;
  if (quiet) return <Tag tone="high">silent</Tag>;
  return (
    <span className="faint" data-tip={speech?.sentence}>
      {speech?.state === "learning" ? "learning" : "ok"}
    </span>
  );
}

function Coverage({ source }: { source: Source }) {
  if (source.coverage === null) return <span className="faint">–</span>;
  const tip = `${count(source.unclassified)} of ${count(source.stored)} stored records were taken by no parser. They are searchable as class:unclassified.`;
  return <span data-tip={tip}>{percent(source.coverage)}</span>;
}
