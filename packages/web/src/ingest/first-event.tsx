/** first-event: waits for the first event of a source and shows how it was read: its parser and class, host, user and message, so that a
 *  mistake in what sends is seen before anybody leaves the page. */
import { ingestRoutes } from "@holdfast/contracts/ingest";
import { searchRoutes } from "@holdfast/contracts/search";
import { useState } from "react";
import { Link } from "../app/link.tsx";
import { links, quote } from "../app/links.ts";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import { Facts } from "../ui/drawer.tsx";
import { count, plural } from "../ui/number.ts";
import { Tag } from "../ui/tag.tsx";

const LOOK_MS = 2_000;
const SHOWN = ["time", "parser", "class", "host", "user", "message"] as const;

/** @param before what it had when nothing had been sent yet; without it, what it has when this is shown first */
export function FirstEvent({ id, before }: { id: string; before?: number }) {
  const now = useCall(ingestRoutes.getSource, { params: { id } }, { everyMs: LOOK_MS }).data;
  const [start, setStart] = useState(before);
  const [since] = useState(() => new Date(Date.now() - 60_000).toISOString());
  const total = now === undefined ? 0 : now.stored + now.quarantined;
  if (start === undefined && now !== undefined) setStart(total);
  const arrived = start === undefined ? 0 : total - start;
  const search = { query: `source:${quote(id)} | fields ${SHOWN.join(", ")}`, from: START, limit: 1 };
  const first = useCall(
    searchRoutes.search,
    { body: { ...search, ...(before === undefined && { from: since }) } },
    { enabled: arrived > 0, keep: true, ...(arrived > 0 && { everyMs: 5 * LOOK_MS }) },
  ).data;
  const [row] = first?.rows ?? [];
  const cell = (name: string): string =>
    String(row?.[first?.columns.findIndex((one) => one.name === name) ?? -1] ?? "");
  return (
    <div className="stack" role="status">
      {arrived <= 0 ? (
        <p>Waiting for the first event…</p>
      ) : (
        <p className="row wrap">
          <Tag tone="ok">arrived</Tag>
          <span>
            {plural(arrived, "event")}
            {now !== undefined && now.unclassified > 0
              ? `; ${count(now.unclassified)} of ${count(now.stored)} are not known to any parser yet.`
              : arrived === 1
                ? "; a parser knows it."
                : "; a parser knows them."}
          </span>
          <Link to={links.events({ q: `source:${quote(id)}` })}>All of them</Link>
        </p>
      )}
      {row !== undefined && (
        <Facts
          items={SHOWN.map((name) => [
            name === "time" ? "Time in the event" : name[0]?.toUpperCase() + name.slice(1),
            cell(name) === "" ? <span className="faint">none</span> : <LogText text={cell(name)} mono />,
          ])}
        />
      )}
    </div>
  );
}

/** Times in first events are what is most often wrong: one that says last year is shown as well. */
const START = "now-30d";
