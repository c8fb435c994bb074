/** what-changed: the latest changes to rules, sources, estate and incidents, newest first: the first suspects. */
import type { Floor } from "@holdfast/contracts/measure";
import { Link } from "../app/link.tsx";
import { LogText } from "../ui/code.tsx";
import { bothZones, timeOf } from "../ui/time.ts";
import { Panel } from "../ui/page.tsx";

export function WhatChanged({ items }: { items: Floor["changed"] }) {
  return (
    <Panel title="What changed" flush>
      {items.length === 0 ? (
        <p className="changed-item faint">Nothing changed today.</p>
      ) : (
        <ol className="changed-list">
          {items.slice(0, MOST).map((item, at) => (
            <li key={at} className="changed-item">
              <time dateTime={item.at} data-tip={bothZones(timeOf(item.at))} className="faint">
                {HOUR.format(timeOf(item.at))}
              </time>
              <span>
                {item.link?.startsWith("/") === true && !item.link.startsWith("//") ? (
                  <Link to={item.link}>
                    <LogText text={item.title} />
                  </Link>
                ) : (
                  <LogText text={item.title} />
                )}{" "}
                <span className="faint">{item.actor}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

const MOST = 8;
const HOUR = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
