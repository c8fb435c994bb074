/** needs-you: what waits for someone, worst and longest first, with whom it waits for. */
import type { NeedsYou as Item } from "@holdfast/contracts/measure";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Panel } from "../ui/page.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Tag } from "../ui/tag.tsx";

export function NeedsYou({ items, team }: { items: readonly Item[]; team: string }) {
  return (
    <Panel title="Needs you now" note={items.length === 0 ? undefined : `as ${team}`} flush>
      {items.length === 0 ? (
        <p className="needs-none faint">
          Nothing waits for you. New incidents, critical alerts and silent sources appear here.
        </p>
      ) : (
        <ul>
          {items.map((item) => (
            <li key={`${item.kind} ${item.id}`}>
              <Link to={linkOf(item)} className={item.severity === "critical" ? "needs-item" : "needs-item calm"}>
                <SeverityMark severity={item.severity} />
                <span className="stack needs-text">
                  <span className="needs-title">
                    <LogText text={item.title} />
                  </span>
                  <span className="small faint">
                    {item.subject !== "" && (
                      <>
                        <LogText text={item.subject} /> ·{" "}
                      </>
                    )}
                    {item.waiting}
                  </span>
                </span>
                <span className="row small">
                  {item.team !== null && item.team !== team && <Tag>{item.team}</Tag>}
                  <Clock at={item.since} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function linkOf(item: Item): string {
  switch (item.kind) {
    case "incident":
      return links.incident(item.id);
    case "alert":
      return links.alert(item.id);
    case "approval":
      return links.approval(item.id);
    case "source":
      return links.source(item.id);
    case "rules":
      return "/rules?tab=problems";
    case "pipeline":
      return "/sources";
  }
}
